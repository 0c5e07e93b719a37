//! The transaction: phases, savepoints, and every way in which it can end.

use std::sync::{Arc, Mutex};

use edafw::testing::Harness;
use edafw::{
    App, AppBuilder, Completion, Envelope, Error, ErrorKind, Failure, Publication, Sqlite, State, Tx,
    domain_event, subscriber,
};

edafw::service!("shop");

/// What subscribers did, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[domain_event(name = "shop.ordered", key = order_no)]
struct Ordered {
    order_no: i64,
    refuse_in: Option<String>,
}

#[domain_event(name = "shop.stock-taken", key = order_no)]
struct StockTaken {
    order_no: i64,
    depth: u32,
}

#[domain_event(name = "shop.paid", key = order_no, idempotency_key = order_no)]
struct Paid {
    order_no: i64,
}

fn refuse(event: &Ordered, phase: &str) -> Result<(), Failure> {
    if event.refuse_in.as_deref() == Some(phase) { Err(format!("not in {phase}").into()) } else { Ok(()) }
}

#[subscriber(layer = application, phase = in_transaction, order = 2)]
async fn second(event: &Ordered, log: State<Log>) -> Result<(), Failure> {
    log.write("in_transaction second");
    refuse(event, "in_transaction")
}

#[subscriber(layer = application, phase = in_transaction, order = 1)]
async fn first(event: &Ordered, tx: &mut Tx<Sqlite>, log: State<Log>) -> Result<(), Failure> {
    sqlx::query("insert into line (order_no) values (?1)").bind(event.order_no).execute(&mut **tx).await?;
    log.write("in_transaction first");
    Ok(())
}

#[subscriber(layer = application, phase = before_commit)]
async fn take_stock(event: &Ordered, tx: &mut Tx<Sqlite>, log: State<Log>) -> Result<(), Failure> {
    log.write("before_commit take_stock");
    refuse(event, "before_commit")?;
    tx.publish(StockTaken { order_no: event.order_no, depth: 1 }).await?;
    Ok(())
}

#[subscriber(layer = application, phase = before_commit)]
async fn take_more_stock(event: &StockTaken, tx: &mut Tx<Sqlite>, log: State<Log>) -> Result<(), Failure> {
    log.write(format!("before_commit take_more_stock {}", event.depth));
    // Order 13 never has enough: a cycle.
    if event.depth < 3 || event.order_no == 13 {
        tx.publish(StockTaken { order_no: event.order_no, depth: event.depth + 1 }).await?;
    }
    Ok(())
}

#[subscriber(layer = application, phase = after_commit)]
async fn thank(event: &Envelope<Ordered>, log: State<Log>) -> Result<(), Failure> {
    log.write(format!("after_commit thank {}", event.key.as_deref().unwrap_or_default()));
    if event.data.order_no == 666 {
        panic!("after_commit panics");
    }
    refuse(&event.data, "after_commit")
}

#[subscriber(layer = application, phase = after_commit)]
async fn weigh(_: &Ordered, app: App<Sqlite>, log: State<Log>) -> Result<(), Failure> {
    // The transaction is over: a new one can be begun.
    app.begin().await?.rollback().await;
    log.write("after_commit weigh");
    Ok(())
}

#[subscriber(layer = application, phase = after_rollback)]
async fn regret(_: &Ordered, log: State<Log>) -> Result<(), Failure> {
    log.write("after_rollback regret");
    Ok(())
}

#[subscriber(layer = application, phase = after_completion)]
async fn close(_: &Ordered, completion: Completion, log: State<Log>) -> Result<(), Failure> {
    log.write(format!("after_completion close {completion:?}"));
    Ok(())
}

fn order(order_no: i64) -> Ordered {
    Ordered { order_no, refuse_in: None }
}

async fn start() -> (Harness<Sqlite>, Log) {
    let log = Log::default();
    let builder: AppBuilder<Sqlite> = App::builder("shop").state(log.clone());
    let harness = Harness::start(builder).await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("create table line (order_no integer not null)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    (harness, log)
}

async fn lines(harness: &Harness<Sqlite>) -> i64 {
    let mut tx = harness.app().begin().await.unwrap();
    let lines = sqlx::query_scalar("select count(*) from line").fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await;
    lines
}

async fn stored(harness: &Harness<Sqlite>) -> Vec<String> {
    harness.events().await.unwrap().into_iter().map(|event| event.envelope.name).collect()
}

#[tokio::test]
async fn phases_run_in_order_and_before_commit_is_drained_to_a_fixed_point() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(1)).await.unwrap();
    assert_eq!(log.take(), ["in_transaction first", "in_transaction second"]);
    tx.commit().await.unwrap();
    assert_eq!(
        log.take(),
        [
            "before_commit take_stock",
            "before_commit take_more_stock 1",
            "before_commit take_more_stock 2",
            "before_commit take_more_stock 3",
            "after_commit thank 1",
            "after_commit weigh",
            "after_completion close Committed",
        ]
    );
    assert_eq!(
        stored(&harness).await,
        ["shop.ordered", "shop.stock-taken", "shop.stock-taken", "shop.stock-taken"]
    );
    assert_eq!(lines(&harness).await, 1);
}

#[tokio::test]
async fn a_cycle_of_before_commit_subscribers_is_an_error_that_rolls_back() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(13)).await.unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(error.to_string().contains("cycle"), "{error}");
    assert_eq!(stored(&harness).await, [""; 0]);
    assert_eq!(lines(&harness).await, 0);
}

#[tokio::test]
async fn an_in_transaction_refusal_is_returned_by_publish_and_cannot_be_committed() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    let refused = Ordered { order_no: 1, refuse_in: Some("in_transaction".into()) };
    let error = tx.publish(refused).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Subscriber);
    assert_eq!(error.chain(), "the in_transaction subscriber `second` refused: not in in_transaction");
    // Whoever passes over that error must not commit what the subscribers have half done.
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RolledBack);
    assert_eq!(lines(&harness).await, 0);
    assert!(log.take().contains(&"after_completion close RolledBack".to_owned()));
}

#[tokio::test]
async fn a_before_commit_refusal_rolls_back() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Ordered { order_no: 1, refuse_in: Some("before_commit".into()) }).await.unwrap();
    log.take();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Subscriber);
    assert_eq!(
        log.take(),
        ["before_commit take_stock", "after_rollback regret", "after_completion close RolledBack"]
    );
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
}

#[tokio::test]
async fn after_commit_failures_and_panics_are_recorded_and_the_next_subscriber_runs() {
    for order_no in [1, 666] {
        let (harness, log) = start().await;
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(Ordered { order_no, refuse_in: Some("after_commit".into()) }).await.unwrap();
        tx.commit().await.unwrap();
        let log = log.take();
        assert!(
            log.ends_with(&["after_commit weigh".to_owned(), "after_completion close Committed".to_owned()])
        );
        assert_eq!(lines(&harness).await, 1);
    }
}

#[tokio::test]
async fn a_dropped_transaction_is_rolled_back_and_its_subscribers_are_waited_for() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(1)).await.unwrap();
    log.take();
    drop(tx);
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
    harness.app().close().await;
    assert_eq!(log.take(), ["after_rollback regret", "after_completion close RolledBack"]);
}

#[tokio::test]
async fn a_panic_between_begin_and_commit_rolls_back() {
    let (harness, log) = start().await;
    let app = harness.app().clone();
    let panicked = tokio::spawn(async move {
        let mut tx = app.begin().await.unwrap();
        tx.publish(order(1)).await.unwrap();
        panic!("in the middle");
    });
    assert!(panicked.await.unwrap_err().is_panic());
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
    harness.app().close().await;
    assert!(log.take().contains(&"after_rollback regret".to_owned()));
}

#[tokio::test]
async fn a_begin_that_is_dropped_halfway_leaves_no_transaction() {
    let (harness, _) = start().await;
    for polls in 1..20 {
        let mut begin = Box::pin(harness.app().begin());
        for _ in 0..polls {
            if futures_util::poll!(&mut begin).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begin);
        harness.app().begin().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_commit_that_is_dropped_halfway_is_unknown_and_never_half() {
    let (harness, log) = start().await;
    let mut unknown = 0;
    for polls in 1..40 {
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(order(polls)).await.unwrap();
        log.take();
        let mut commit = Box::pin(tx.commit());
        for _ in 0..polls {
            if futures_util::poll!(&mut commit).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(commit);
        // Whatever the outcome: all of it or nothing.
        let lines = lines(&harness).await;
        let orders = stored(&harness).await.into_iter().filter(|name| name == "shop.ordered").count();
        assert_eq!(lines, orders as i64);
        unknown += log.take().iter().filter(|line| line.contains("Unknown")).count();
    }
    harness.app().close().await;
    unknown += log.take().iter().filter(|line| line.contains("Unknown")).count();
    assert!(unknown > 0, "no commit was dropped between COMMIT and its answer");
}

#[tokio::test]
async fn a_savepoint_that_fails_takes_its_events_with_it() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(order(1)).await.unwrap();
    let failed: Result<(), Error> = tx
        .savepoint(async |tx| {
            tx.publish(order(2)).await?;
            tx.savepoint(async |tx| tx.publish(Paid { order_no: 2 }).await).await?;
            tx.publish(Ordered { order_no: 3, refuse_in: Some("in_transaction".into()) }).await?;
            Ok(())
        })
        .await;
    assert!(failed.is_err());
    // The refusal was undone with the savepoint, and the declared key is free again.
    let kept: Result<Publication, Error> =
        tx.savepoint(async |tx| tx.publish(Paid { order_no: 2 }).await).await;
    assert!(!kept.unwrap().is_already_published());
    tx.commit().await.unwrap();
    assert_eq!(lines(&harness).await, 1);
    assert_eq!(
        stored(&harness).await,
        ["shop.ordered", "shop.paid", "shop.stock-taken", "shop.stock-taken", "shop.stock-taken"]
    );
    let thanked: Vec<String> = log.take().into_iter().filter(|line| line.contains("thank")).collect();
    assert_eq!(thanked, ["after_commit thank 1"]);
}

#[tokio::test]
async fn a_savepoint_that_is_dropped_halfway_cannot_be_committed() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    {
        let mut savepoint = Box::pin(tx.savepoint(async |tx| {
            tx.publish(order(1)).await?;
            std::future::pending::<Result<(), Error>>().await
        }));
        for _ in 0..1_000 {
            assert!(futures_util::poll!(&mut savepoint).is_pending());
            tokio::task::yield_now().await;
        }
    }
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.to_string(), "rolled back, because a savepoint was dropped halfway");
    assert_eq!(stored(&harness).await.len(), 0);
}

#[tokio::test]
async fn commit_notices_a_transaction_that_was_ended_behind_its_back() {
    for statement in ["commit", "rollback", "rollback; begin"] {
        let (harness, _) = start().await;
        let mut tx = harness.app().begin().await.unwrap();
        tx.publish(order(1)).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut *tx).await.unwrap();
        let error = tx.commit().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionEnded, "{statement}: {error}");
        assert_eq!(stored(&harness).await.len(), 0, "{statement}");
    }
}

#[tokio::test]
async fn a_commit_that_the_database_refused_in_silence_is_an_error() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("create table once (id integer primary key on conflict rollback)")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("insert into once values (1)").execute(&mut *tx).await.unwrap();
    tx.publish(order(1)).await.unwrap();
    // SQLite ends the whole transaction here; the caller passes over the error.
    sqlx::query("insert into once values (1)").execute(&mut *tx).await.unwrap_err();
    log.take();
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TransactionEnded);
    assert!(log.take().contains(&"after_completion close RolledBack".to_owned()));
    assert_eq!((lines(&harness).await, stored(&harness).await.len()), (0, 0));
}

#[tokio::test]
async fn a_declared_key_is_published_once_and_the_caller_learns_it_at_once() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    let first = tx.publish(Paid { order_no: 1 }).await.unwrap();
    assert!(matches!(first, Publication::New(_)));
    assert_eq!(tx.publish(Paid { order_no: 1 }).await.unwrap(), Publication::AlreadyPublished);
    tx.commit().await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    assert_eq!(tx.publish(Paid { order_no: 1 }).await.unwrap(), Publication::AlreadyPublished);
    tx.rollback().await;
    let mut tx = harness.app().begin().await.unwrap();
    assert!(matches!(tx.publish(Paid { order_no: 2 }).await.unwrap(), Publication::New(_)));
    tx.rollback().await;
    // Rolled back means never published.
    let mut tx = harness.app().begin().await.unwrap();
    assert!(matches!(tx.publish(Paid { order_no: 2 }).await.unwrap(), Publication::New(_)));
    tx.commit().await.unwrap();
    assert_eq!(stored(&harness).await, ["shop.paid", "shop.paid"]);
}

#[tokio::test]
async fn an_event_is_stored_through_a_connection_of_somebody_elses() {
    let (harness, log) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    let app = harness.app();
    let stored_as = app.store_event(&mut tx, order(1)).await.unwrap();
    assert!(matches!(stored_as, Publication::New(_)));
    app.store_event(&mut tx, Paid { order_no: 1 }).await.unwrap();
    let again = app.store_event(&mut tx, Paid { order_no: 1 }).await.unwrap();
    assert!(again.is_already_published());
    tx.commit().await.unwrap();
    assert_eq!(stored(&harness).await, ["shop.ordered", "shop.paid"]);
    assert_eq!(log.take(), [""; 0], "no phases run for an event that is stored through a foreign connection");
}

#[tokio::test]
async fn a_payload_beyond_the_transports_limit_is_refused_at_publish() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    let refuse_in = Some("x".repeat(17 * 1024 * 1024));
    let error = tx.publish(Ordered { order_no: 1, refuse_in }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Payload);
    assert!(error.to_string().contains("publish the identifiers"), "{error}");
    assert!(error.to_string().len() < 300, "no payload in an error");
}
