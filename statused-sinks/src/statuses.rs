//! Lists of statuses that a sink acts on.

use statused_core::model::{Event, Status};

use crate::error::DestinationError;

/// Statuses by label (`Ready for Sale`) or code (`READY_FOR_SALE`), whatever the case of their letters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statuses(Vec<String>);

impl Statuses {
    pub(crate) fn add<S: Into<String>>(&mut self, statuses: impl IntoIterator<Item = S>) {
        self.0.extend(statuses.into_iter().map(Into::into));
    }

    /// Whether the event tells of one of them.
    pub(crate) fn have(&self, event: &Event) -> bool {
        let code = event.data.status_code.as_ref().map(Status::code);
        self.0.iter().map(|status| status.trim()).any(|status| {
            status.eq_ignore_ascii_case(&event.data.status)
                || code.is_some_and(|code| status.eq_ignore_ascii_case(code))
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Refuses blank names, and names that stand in both lists, be it once as label and once as code.
    pub(crate) fn check(&self, other: &Self) -> Result<(), DestinationError> {
        let name = |status: &str| {
            let status = status.trim();
            let known = Status::known()
                .find(|known| known.label().eq_ignore_ascii_case(status) || known.code().eq_ignore_ascii_case(status));
            known.map_or_else(|| status.to_lowercase(), |known| known.code().to_lowercase())
        };
        if self.0.iter().chain(&other.0).any(|status| status.trim().is_empty()) {
            return Err(DestinationError::invalid("a list of statuses", "has a blank in it"));
        }
        if self.0.iter().any(|mine| other.0.iter().any(|theirs| name(mine) == name(theirs))) {
            return Err(DestinationError::invalid("a status", "stands in both lists"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_do_not_overlap() {
        let list = |statuses: &[&str]| Statuses(statuses.iter().map(|&status| status.to_owned()).collect());
        assert!(list(&["In Review"]).check(&list(&["Rejected", "Moon"])).is_ok());
        for (one, other) in [("In Review", "IN_REVIEW"), ("moon", "Moon "), ("Ready for Sale", "ready for sale")] {
            assert!(list(&[one]).check(&list(&["Rejected", other])).is_err(), "{one} {other}");
        }
        assert!(list(&[" "]).check(&list(&[])).is_err());
    }
}
