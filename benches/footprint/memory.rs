//! What a watched app takes of memory.

use stats_alloc::Region;

use crate::ALLOCATOR;
use crate::driven::{Driven, held};
use crate::table::{Measured, Row, Table};

const STEPS_OF_A_DAY: usize = 10;
const MIB: f64 = (1 << 20) as f64;
/// What 100,000 apps may take.
const MOST: usize = 512 << 20;

pub(crate) fn measure(table: &mut Table) -> Measured {
    for apps in [1_000, 10_000, 100_000] {
        let region = Region::new(ALLOCATOR);
        let mut driven = Driven::new(apps);
        for _ in 0..STEPS_OF_A_DAY {
            driven.advance();
            driven.poll();
        }
        let bytes = held(&region) as f64;
        let text = driven.text() as f64;
        drop(driven);
        // Three versions each by then: as many subjects.
        let subjects = apps * 3;
        let each = (bytes - text) / subjects as f64;
        let row = Row::new(
            format!("memory of {apps} apps, {subjects} subjects, after {STEPS_OF_A_DAY} changes of each app"),
            format!(
                "{:.0} MiB, {:.0} bytes an app, {each:.0} bytes a subject beyond its text",
                bytes / MIB,
                bytes / apps as f64
            ),
        );
        table.add(
            row.beside(format!("{:.0} MiB of text, {} MiB allowed", text / MIB, MOST >> 20))
                .ratio(bytes / MOST as f64)
                .budget("512 MiB, 1 KiB a subject", bytes < MOST as f64 && each < 1024.0),
        );
    }
    Ok(())
}
