//! Named scenarios without chance, and a crash at every place of each.

mod corpus;
mod script;

use fastrand::Rng;

use self::script::Script;
use super::parts::Parts;
use super::report::{Report, Totals};
use super::world::crash::Moment;
use super::world::{Setting, World};

/// A little world that is written down instead of drawn.
#[derive(Clone, Copy, Debug)]
pub struct Scenario(&'static str, fn(&mut Script));

/// After so many crashes, one in which the recovery is met by another.
const DOUBLED: u64 = 7;
/// A process that has crashed is started again within so many milliseconds.
const ABSENCE: i64 = 60_000;

impl Scenario {
    /// All of them.
    pub fn all() -> &'static [Self] {
        corpus::ALL
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.0
    }

    /// Lives through it and tells its story, with crashes at the effects of these numbers.
    pub fn run(&self, crashes: &[(u64, Moment)]) -> Report {
        self.live(crashes, true).1
    }

    /// Lives through it once in peace, then with a crash before, after, and after but without hearing of, each of its
    /// effects, and for some of these with another crash during the recovery.
    ///
    /// # Errors
    ///
    /// The report of the first that breaks a promise.
    pub fn crash_everywhere(&self) -> Result<Totals, Box<Report>> {
        let mut totals = Totals::default();
        let effects = self.one(&[], &mut totals)?;
        for number in 0..effects {
            for moment in Moment::ALL {
                self.one(&[(number, moment)], &mut totals)?;
                if totals.seeds.is_multiple_of(DOUBLED) {
                    let second = number + 1 + totals.seeds / DOUBLED % 4;
                    self.one(&[(number, moment), (second, moment.next())], &mut totals)?;
                }
            }
        }
        Ok(totals)
    }

    /// Returns how many effects there were.
    fn one(&self, crashes: &[(u64, Moment)], totals: &mut Totals) -> Result<u64, Box<Report>> {
        let (effects, report) = self.live(crashes, false);
        if !report.violations.is_empty() {
            return Err(Box::new(self.run(crashes)));
        }
        totals.add(&report.totals);
        Ok(effects)
    }

    fn live(&self, crashes: &[(u64, Moment)], told: bool) -> (u64, Report) {
        let mut script = Script::new();
        (self.1)(&mut script);
        let parts = Parts::default().complete();
        let (calendar, machines) = (script.calendar.clone(), script.machines);
        let staging = std::mem::take(&mut script.staging);
        let mut setting = Setting::new(0, Rng::with_seed(0), calendar, Box::new(script), &parts);
        (setting.machines, setting.staging, setting.told) = (machines, staging, told);
        (setting.plan, setting.longest_absence) = (crashes.to_vec(), ABSENCE);
        let mut world = World::new(setting);
        world.live();
        let effects = world.effects();
        let mut report = world.report();
        if report.totals.crashes == 0 && !crashes.is_empty() {
            report.violations.push(format!("there are {effects} effects, and no process was there to crash"));
        }
        let crashes: Vec<_> = crashes.iter().map(|(number, moment)| format!("{number}:{moment}")).collect();
        report.replay = format!(
            "cargo run -p statused-core --features testkit --example simulate -- --scenario \"{}\" --crash \"{}\"",
            self.0,
            crashes.join(",")
        );
        (effects, report)
    }
}
