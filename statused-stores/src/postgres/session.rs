//! What is asked of every session.

use std::time::Duration;

use super::pool::Settings;

/// How long a session may hold locks without saying anything: its machine sleeps, or the way to it is cut.
const SILENCE: Duration = Duration::from_secs(10);

/// What every session begins with, as one script.
pub(super) fn script(settings: &Settings) -> String {
    let millis = settings.patience.as_millis();
    format!(
        "SET search_path = {schema};
         SET default_transaction_isolation = 'read committed';
         SET statement_timeout = {millis};
         SET lock_timeout = {millis};
         SET idle_in_transaction_session_timeout = {silence};
         SELECT set_config('synchronous_commit', 'on', false)
             WHERE current_setting('synchronous_commit') IN ('off', 'local');
         {PLANS}",
        schema = settings.schema,
        silence = SILENCE.as_millis(),
    )
}

/// Every statement finds its rows by an index, in its order, whatever the server believes about the size of the tables: it plans when
/// they are new and empty, and they may have grown a thousandfold before it looks again.
pub(super) const PLANS: &str = "SET plan_cache_mode = force_generic_plan;
     SET enable_seqscan = off;
     SET enable_bitmapscan = off;
     SET enable_hashjoin = off;
     SET enable_mergejoin = off;
     SET enable_sort = off;
     SET enable_incremental_sort = off;
     SET jit = off;";
