//! What the engine's thinking costs: time and allocations of one poll, with and without news, and how it grows with the
//! apps.

use std::time::Duration;

use crate::driven::{Cost, Driven};
use crate::table::{Measured, Row, Table};

/// Up to this many, what is remembered of them fits the processor's caches.
const SMALL: usize = 1_000;
/// Steps that a version takes in its life. They do not cost the same.
const LIFE: usize = 5;
/// How many times as much an app may cost among a hundred times as many: no cache holds those, least of all where others
/// use it, too. What is quadratic would cost a hundred times as much.
const LINEAR: f64 = 16.0;

/// What polls of so many apps cost, as many as a version has steps.
struct Polls {
    apps: usize,
    quiet: Cost,
    news: Cost,
}

pub(crate) fn measure(table: &mut Table) -> Measured {
    let mut small: Option<Polls> = None;
    for apps in [1, 200, SMALL, 10_000, 100_000] {
        let polls = Polls::of(apps);
        table.add(polls.without_news(small.as_ref()));
        table.add(polls.with_news(small.as_ref()));
        if apps == SMALL {
            small = Some(polls);
        }
    }
    Ok(())
}

impl Polls {
    fn of(apps: usize) -> Self {
        let mut driven = Driven::new(apps);
        let lives = (400_000 / apps / LIFE).clamp(2, 200);
        let quiet = quickest((0..lives).map(|_| life(&mut driven, false)).collect());
        let news = quickest((0..lives.min(4)).map(|_| life(&mut driven, true)).collect());
        Self { apps, quiet, news }
    }

    fn without_news(&self, small: Option<&Self>) -> Row {
        let (Self { apps, quiet, .. }, took) = (self, self.quiet.took / LIFE as u32);
        let figure = format!(
            "{took:.1?}, {:.0} ns and {:.2} allocations an app, {} commits",
            self.each(quiet.took.as_nanos()),
            self.each(quiet.allocations as u128),
            quiet.commits
        );
        let row = Row::new(format!("engine, poll of {apps} apps without news"), figure);
        if *apps == 200 {
            return row.budget("1 ms, no write", took < Duration::from_millis(1) && quiet.commits == 0);
        }
        self.grown(row, small, |polls| polls.quiet.took)
    }

    fn with_news(&self, small: Option<&Self>) -> Row {
        let (Self { apps, news, .. }, took) = (self, self.news.took / LIFE as u32);
        let figure = format!(
            "{took:.1?}, {:.1} µs and {:.0} allocations of {:.0} bytes an app, {} commits in {LIFE} polls",
            self.each(news.took.as_nanos()) / 1000.0,
            self.each(news.allocations as u128),
            self.each(news.bytes as u128),
            news.commits
        );
        let row = Row::new(format!("engine, poll of {apps} apps that have all changed"), figure);
        self.grown(row, small, |polls| polls.news.took)
    }

    /// What of a cost is an app's in one poll.
    fn each(&self, cost: u128) -> f64 {
        cost as f64 / (self.apps * LIFE) as f64
    }

    /// What an app costs among many, beside what it costs among few.
    fn grown(&self, row: Row, small: Option<&Self>, took: fn(&Self) -> Duration) -> Row {
        let each = |polls: &Self| polls.each(took(polls).as_nanos());
        let Some(small) = small.map(each) else { return row };
        let ratio = each(self) / small;
        row.beside(format!("{small:.0} ns an app of {SMALL}"))
            .ratio(ratio)
            .budget(format!("linear: {LINEAR:.0} times at most"), ratio <= LINEAR)
    }
}

/// As many polls as a version has steps, with or without them.
fn life(driven: &mut Driven, changing: bool) -> Cost {
    let mut all = Cost::default();
    for _ in 0..LIFE {
        if changing {
            driven.advance();
        }
        let Cost { took, allocations, bytes, commits } = driven.poll();
        all.took += took;
        all.allocations += allocations;
        all.bytes += bytes;
        all.commits += commits;
    }
    all
}

/// What others do on the machine is no part of the cost.
fn quickest(costs: Vec<Cost>) -> Cost {
    costs.into_iter().min_by_key(|cost| cost.took).unwrap_or_default()
}
