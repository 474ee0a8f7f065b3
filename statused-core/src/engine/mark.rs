//! Marks at the engine's branches: the simulator's suite fails naming a branch that no world has taken.
//!
//! They cost nothing and leave nothing behind without the feature `testkit`. With it they are counted for each thread, as
//! each world lives on one; nothing in the engine reads them.

/// Marks a branch.
#[cfg(feature = "testkit")]
macro_rules! mark {
    ($name:ident) => {
        $crate::engine::mark::Mark::$name.hit()
    };
}

/// Marks a branch.
#[cfg(not(feature = "testkit"))]
macro_rules! mark {
    ($name:ident) => {};
}

pub(crate) use mark;

#[cfg(feature = "testkit")]
pub(crate) use counted::{Mark, Marks, clear, take};

#[cfg(feature = "testkit")]
mod counted {
    use std::cell::Cell;

    thread_local! {
        static HITS: Cell<Marks> = const { Cell::new(Marks(0)) };
    }

    macro_rules! marks {
        ($($name:ident)*) => {
            /// A branch of the engine.
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub(crate) enum Mark {
                $($name),*
            }

            const ALL: &[Mark] = &[$(Mark::$name),*];
        };
    }

    marks! {
        AggregateUnreadable
        ApiLagsBehindPush
        CheckpointReadAgain
        CheckpointUnread
        ClaimFailed
        ClaimRenewedInFlight
        ClaimRenewedWithItsOutcome
        ClaimTooLate
        ClockSetBack
        CommitConflicted
        CommitFailed
        CommitUnknown
        DestinationAsksForPatience
        DoubtConfirmed
        DoubtUnanswered
        DueTimeIsWrong
        FirstSightByPush
        FirstSightIsNews
        FirstSightIsQuiet
        FirstSightOfTheOld
        GivenUp
        HeldPushRefuted
        HeldPushToldWithoutLook
        HoldOfAWrongClock
        LetterAsksTheApi
        LetterExplains
        LetterExplainsInAdvance
        LetterIsOver
        LetterToldOfApp
        ListConfirmsPush
        ListDoesNotSettle
        LoadFailed
        LogTellsARoundTrip
        LookMeetsThePushed
        LookNotWritten
        LookOutrun
        LookTooOld
        PollFailed
        PollLeftToAnother
        PushAheadOfTheLook
        PushBeforeTheFirstLook
        PushIsNews
        PushLacksDetails
        PushOfTheUnproven
        PushOldOrRepeated
        PushOutOfOrder
        PushSaysWhatIsKnown
        PushesOfThePast
        ReadAgain
        SecondDoubtfulLook
        SettlementAnsweredTwice
        SettlementUnanswered
        SinkFreedElsewhere
        SinkParked
        SinksUnread
        StepBackDoubted
        StepBetweenTold
        TriedAgain
        WaitedLongEnough
        WelcomeNotWritten
        WelcomeSent
    }

    impl Mark {
        pub(crate) fn hit(self) {
            HITS.set(Marks(HITS.get().0 | 1 << self as u32));
        }
    }

    /// Branches that were taken.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Marks(u128);

    impl Marks {
        /// How many there are.
        pub(crate) fn count() -> usize {
            ALL.len()
        }

        /// What either has taken.
        pub(crate) fn and(self, other: Self) -> Self {
            Self(self.0 | other.0)
        }

        pub(crate) fn missed(self) -> impl Iterator<Item = Mark> {
            ALL.iter().copied().filter(move |mark| self.0 & (1 << *mark as u32) == 0)
        }
    }

    /// Forgets what this thread has taken so far.
    pub(crate) fn clear() {
        HITS.set(Marks::default());
    }

    /// What this thread has taken since.
    pub(crate) fn take() -> Marks {
        HITS.take()
    }
}

#[cfg(all(test, feature = "testkit"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_hit_is_not_missed_and_all_else_is() {
        clear();
        assert_eq!(take().missed().count(), Marks::count());
        mark!(LookOutrun);
        mark!(WelcomeSent);
        mark!(WelcomeSent);
        let first = take();
        mark!(LookOutrun);
        mark!(ReadAgain);
        let both = first.and(take());
        assert_eq!(both.missed().count(), Marks::count() - 3);
        assert!(!both.missed().any(|mark| matches!(mark, Mark::LookOutrun | Mark::WelcomeSent | Mark::ReadAgain)));
        mark!(ReadAgain);
        clear();
        assert_eq!(take(), Marks::default());
    }
}
