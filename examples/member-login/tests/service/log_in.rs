//! What follows from a log-in, without a server and without waiting.

use edafw::Failure;
use edafw::testing::Harness;
use member_login::acts::{ActError, Suspended, log_in, log_out, sign_up};
use member_login::audit::Audit;
use member_login::events::Reason;

type App = edafw::App<edafw::Sqlite>;

async fn start() -> Result<Harness<edafw::Sqlite>, Failure> {
    Ok(Harness::start(member_login::app()).await?)
}

/// Where a member is logged in, the oldest session first.
async fn devices(app: &App, member_no: i64) -> Result<Vec<String>, Failure> {
    let mut tx = app.begin().await?;
    let open = "select device from session where member_no = ?1 and ended_by is null order by session_no";
    let devices = sqlx::query_scalar(open).bind(member_no).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(devices)
}

async fn notices(app: &App, member_no: i64) -> Result<Vec<String>, Failure> {
    let mut tx = app.begin().await?;
    let notices = "select text from notice where member_no = ?1 order by notice_no";
    let notices = sqlx::query_scalar(notices).bind(member_no).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    Ok(notices)
}

/// Names and keys of the stored events.
async fn events(harness: &Harness<edafw::Sqlite>) -> Result<Vec<(String, String)>, Failure> {
    let events = harness.events().await?.into_iter();
    Ok(events.map(|event| (event.envelope.name, event.envelope.key.unwrap_or_default())).collect())
}

#[tokio::test]
async fn the_oldest_log_in_ends_in_the_transaction_of_the_one_that_is_too_many() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let ada = sign_up(app, 2).await?;
    for device in ["phone", "tablet", "watch"] {
        log_in(app, ada, device).await?;
    }
    // No worker has run.
    assert_eq!(devices(app, ada).await?, ["tablet", "watch"]);
    let names: Vec<String> = events(&harness).await?.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["member.logged-in", "member.logged-in", "member.logged-in", "member.logged-out"]);
    assert_eq!(notices(app, ada).await?, [""; 0]);

    let report = harness.run_until_idle().await?;
    assert_eq!(notices(app, ada).await?, ["logged out of phone: too many log-ins"]);
    assert_eq!(report.deliveries["record_device"].handled, 3);
    assert_eq!(Audit::of(app).await?, Audit::default());
    Ok(())
}

#[tokio::test]
async fn a_suspended_account_is_not_logged_in_and_nobody_hears_of_it() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let cy = sign_up(app, 0).await?;
    let refused = log_in(app, cy, "phone").await.unwrap_err();
    assert!(matches!(refused, ActError::Suspended(Suspended(member)) if member == cy), "{refused}");
    assert_eq!(devices(app, cy).await?, [""; 0]);
    assert_eq!(events(&harness).await?, []);
    Ok(())
}

#[tokio::test]
async fn whoever_logs_in_on_a_device_last_stays_whatever_is_delivered_first() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let (ada, ben) = (sign_up(app, 2).await?, sign_up(app, 2).await?);
    log_in(app, ada, "library").await?;
    log_in(app, ben, "library").await?;
    let last = log_in(app, ada, "library").await?;
    // The events of all three wait: those of the earlier two come when the last one has logged in already.
    harness.run_until_idle().await?;
    assert_eq!((devices(app, ada).await?, devices(app, ben).await?), (vec!["library".to_owned()], vec![]));
    assert_eq!(notices(app, ada).await?, [""; 0], "the member came back before anybody was logged out");
    assert_eq!(notices(app, ben).await?, ["logged out of library: somebody else logged in there"]);
    assert_eq!(Audit::of(app).await?, Audit::default());

    log_out(app, last).await?;
    harness.run_until_idle().await?;
    assert_eq!(devices(app, ada).await?, [""; 0]);
    assert_eq!(notices(app, ada).await?, [""; 0], "who asks for it need not be told");
    Ok(())
}

#[tokio::test]
async fn a_log_in_again_on_the_same_device_takes_the_place_of_the_first() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let ada = sign_up(app, 2).await?;
    for device in ["tablet", "phone", "phone", "phone"] {
        log_in(app, ada, device).await?;
    }
    harness.run_until_idle().await?;
    assert_eq!(devices(app, ada).await?, ["tablet", "phone"]);
    let mut tx = app.begin().await?;
    let recorded: Vec<(String, i64)> =
        sqlx::query_as("select device, log_ins from device order by device").fetch_all(&mut *tx).await?;
    let again = "select count(*) from session where ended_by = ?1";
    let again: i64 = sqlx::query_scalar(again).bind(Reason::Again.as_str()).fetch_one(&mut *tx).await?;
    tx.rollback().await;
    assert_eq!(recorded, [("phone".to_owned(), 3), ("tablet".to_owned(), 1)]);
    assert_eq!(again, 2);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_no_trace() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    for limit in [-1, 101] {
        let error = sign_up(app, limit).await.unwrap_err().to_string();
        assert_eq!(
            error,
            format!("the limit of log-ins lies between 0 (suspended) and 100; this one is {limit}")
        );
    }
    let ada = sign_up(app, 100).await?;
    for (device, chars) in [(String::new(), 0), ("x".repeat(101), 101)] {
        let error = log_in(app, ada, &device).await.unwrap_err().to_string();
        assert_eq!(error, format!("the name of a device has 1 to 100 characters; this one has {chars}"));
    }
    assert_eq!(log_in(app, 99, "phone").await.unwrap_err().to_string(), "there is no member 99");
    let session = log_in(app, ada, &"ä".repeat(100)).await?;
    log_out(app, session).await?;
    let error = log_out(app, session).await.unwrap_err().to_string();
    assert_eq!(error, format!("there is no session {session}, or it has ended"));
    assert_eq!(events(&harness).await?.len(), 2, "of the log-in and the log-out that took place");
    Ok(())
}

/// An audit that never finds anything would be no test.
#[tokio::test]
async fn the_audit_finds_what_is_wrong() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let (ada, ben) = (sign_up(app, 1).await?, sign_up(app, 1).await?);
    let mut tx = app.begin().await?;
    for (member_no, device) in [(ada, "library"), (ada, "phone"), (ben, "library")] {
        let session = sqlx::query("insert into session (member_no, device) values (?1, ?2)");
        session.bind(member_no).bind(device).execute(&mut *tx).await?;
    }
    sqlx::query("insert into device values (?1, 'library', 2)").bind(ada).execute(&mut *tx).await?;
    sqlx::query("insert into notice (member_no, text) values (?1, 'why?')")
        .bind(ada)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    let found = Audit { members_above_limit: 1, shared_devices: 1, wrong_devices: 3, wrong_notices: 1 };
    assert_eq!(Audit::of(app).await?, found);
    Ok(())
}
