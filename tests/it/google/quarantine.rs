//! Mail that was kept aside, and what a person can do about it.

use serde_json::Value;
use statused::mail::testkit::{PolicyLetter, forward};

use super::site::{Console, NO_PAUSE};
use crate::support::until;

const KEYS: &str = "quarantine = \"kept\"\n";

async fn list(console: &Console) -> Vec<Value> {
    let said = console.say(&["quarantine", "list", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:?}");
    serde_json::from_str(&said.out).unwrap()
}

#[tokio::test]
async fn what_is_kept_aside_can_be_listed_shown_tried_again_and_discarded() {
    let console = Console::new(NO_PAUSE).await;
    console.configure(NO_PAUSE, KEYS);
    let said = console.say(&["quarantine", "list"]).await;
    assert_eq!((said.code, said.out.as_str()), (Some(0), ""), "nothing was ever kept: {said:?}");
    let process = console.watched().await;
    let altered = forward::with_footer(&console.refusal(), "a list's footer");
    assert_eq!(console.post(&altered).await, 202);
    // An app that is not known yet: it waits, and is tried by itself.
    let other = console.google.send(&PolicyLetter::warning("Late", "com.acme.late").issue("Ads").draft());
    assert_eq!(console.post(&other).await, 202);

    let kept = list(&console).await;
    assert_eq!(kept.len(), 2, "{kept:#?}");
    let id = |words: &str| {
        let found = kept.iter().find(|mail| mail["why"].as_str().unwrap().contains(words));
        found.unwrap_or_else(|| panic!("{words}: {kept:#?}"))["id"].as_str().unwrap().to_owned()
    };
    let (broken, late) = (id("body"), id("com.acme.late"));
    let said = console.say(&["quarantine", "show", &broken]).await;
    assert!(
        said.code == Some(0) && said.out.contains("not proved to be Google's") && said.out.contains(&broken),
        "{said:?}"
    );
    let said = console.say(&["quarantine", "show", &late, "--json"]).await;
    let shown: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((&shown["proved"], &shown["source"]), (&true.into(), &"acme-google".into()));
    assert!(
        shown["next_try"].is_string() && std::path::Path::new(shown["file"].as_str().unwrap()).exists(),
        "{shown:#}"
    );

    let said = console.say(&["quarantine", "discard", &broken]).await;
    assert!(said.code == Some(0) && said.out.contains("forgotten"), "{said:?}");
    assert_eq!(list(&console).await.len(), 1);
    for wrong in [&broken, "nonsense"] {
        let said = console.say(&["quarantine", "show", wrong]).await;
        assert!(said.code == Some(2) && said.err.contains(wrong), "{said:?}");
    }

    // The app is there now; a restart looks for it at once.
    console.play.app("com.acme.late", "Late").track("production").release("1.0", [1]).publish();
    process.kill();
    let process = console.listening().await;
    let look = || console.play.requests().iter().filter(|it| it.package.as_deref() == Some("com.acme.late")).count();
    until(|| process.log(), || look() > 9).await;
    assert_eq!(console.say(&["quarantine", "retry", &late]).await.code, Some(0));
    process.kill();
    let process = console.listening().await;
    until(|| process.log(), || console.told().len() == 1).await;
    assert_eq!(console.events()[0].data("reason").as_deref(), Some("Ads"));
    assert!(list(&console).await.is_empty());
    assert_eq!(process.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn without_a_folder_there_is_nothing_to_look_into() {
    let console = Console::new(NO_PAUSE).await;
    let said = console.say(&["quarantine", "list"]).await;
    assert!(said.code == Some(2) && said.err.contains("`quarantine`"), "{said:?}");
}
