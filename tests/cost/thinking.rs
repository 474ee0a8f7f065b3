//! What it costs to find out what has changed, and to remember it.

use stats_alloc::Region;

use crate::ALLOCATOR;
use crate::driven::{Driven, held};
use crate::linear::is_linear;

const APPS: usize = 500;
const TIMES: usize = 4;

pub(crate) fn costs_what_it_is_known_to_cost() {
    let (mut few, mut many) = (Driven::new(APPS), Driven::new(TIMES * APPS));
    few.poll();
    many.poll();
    let (quiet, busy) = (few.poll(), many.poll());
    assert_eq!((quiet.commits, busy.commits), (0, 0), "a poll without news writes nothing");
    assert_eq!(quiet.allocations, busy.allocations, "apps without news are looked at in place");
    assert!(quiet.allocations <= 4, "{} allocations for a poll without news", quiet.allocations);

    // A whole life of a version, as its steps do not cost the same.
    for _ in 0..5 {
        few.advance();
        many.advance();
        let (one, other) = (few.poll(), many.poll());
        assert_eq!((one.commits, other.commits), (1, 1), "what one poll brings is one commit");
        is_linear("allocations of a poll with news", one.allocations, other.allocations, TIMES);
        is_linear("bytes of a poll with news", one.bytes, other.bytes, TIMES);
        let each = (other.allocations / (TIMES * APPS), other.bytes / (TIMES * APPS));
        assert!(each.0 <= 100 && each.1 <= 12_000, "{each:?} allocations and bytes for an app with news");
    }
}

pub(crate) fn remembering_takes_what_it_is_known_to_take() {
    let region = Region::new(ALLOCATOR);
    let mut remembering = Driven::new(1_000);
    for _ in 0..10 {
        remembering.advance();
        remembering.poll();
    }
    // Three versions of each app by then.
    let each = (held(&region) - remembering.text() as isize) / 3_000;
    assert!(each <= 1_024, "{each} bytes for a subject beyond its text");
}
