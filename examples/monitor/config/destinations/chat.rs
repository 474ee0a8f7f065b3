//! Chats.

use std::collections::BTreeMap;

use serde::Deserialize;
use statused::sinks;
use statused::sinks::slack::{Mention, SlackWebhook};

use super::super::Secret;
use super::common::{Holds, OneOrMore, given, table};

/// Whom to call: whenever something is wrong, or status by status.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "`mention` is whom to call (\"here\", \"U012AB3CD\"), or a table of status = whom")]
enum Mentions {
    OnTrouble(OneOrMore<String>),
    OnStatus(BTreeMap<String, OneOrMore<String>>),
}

impl Holds for Mentions {
    fn find<'a>(&'a self, _: &mut Vec<&'a Secret>) {}
}

table! {
    /// Slack, by an incoming webhook.
    Slack { url: Secret, mention: Option<Mentions>, }
    |table, at, common| {
        let mut builder = SlackWebhook::builder(at.open(&table.url)?);
        let read = |whom: &String| whom.parse::<Mention>().map_err(|error| error.to_string());
        match &table.mention {
            None => {}
            Some(Mentions::OnTrouble(whom)) => {
                for whom in whom.iter() {
                    builder = builder.mention(read(whom)?);
                }
            }
            Some(Mentions::OnStatus(statuses)) => {
                for (status, whom) in statuses.iter().flat_map(|(status, all)| all.iter().map(move |one| (status, one))) {
                    builder = builder.mention_on(status.as_str(), read(whom)?);
                }
            }
        }
        common.finish(builder)
    }
}

table! {
    /// Slack, by the webhook trigger of a workflow.
    SlackWorkflow { url: Secret, }
    |table, at, common| common.finish(sinks::slack_workflow::SlackWorkflow::builder(at.open(&table.url)?))
}

table! {
    /// Discord.
    Discord { url: Secret, thread_id: Option<String>, }
    |table, at, common| {
        let builder = sinks::discord::Discord::builder(at.open(&table.url)?);
        common.finish(given(builder, table.thread_id.clone(), |builder, id| builder.thread_id(id)))
    }
}

table! {
    /// Microsoft Teams, through Workflows.
    Teams { url: Secret, }
    |table, at, common| common.finish(sinks::teams::Teams::builder(at.open(&table.url)?))
}

table! {
    /// Mattermost.
    Mattermost { url: Secret, }
    |table, at, common| common.finish(sinks::mattermost::Mattermost::builder(at.open(&table.url)?))
}

table! {
    /// Google Chat.
    GoogleChat { url: Secret, }
    |table, at, common| common.finish(sinks::google_chat::GoogleChat::builder(at.open(&table.url)?))
}

table! {
    /// Telegram, by a bot.
    Telegram { token: Secret, chat_id: String, topic: Option<i64>, base_url: Option<String>, }
    |table, at, common| {
        let builder = sinks::telegram::Telegram::builder(at.open(&table.token)?, table.chat_id.as_str());
        let builder = given(builder, table.topic, |builder, topic| builder.topic(topic));
        common.finish_at(builder, table.base_url.as_deref())
    }
}
