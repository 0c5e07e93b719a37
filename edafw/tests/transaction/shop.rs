//! The service under test: a shop whose subscribers write down what they do.

use std::sync::{Arc, Mutex};

use edafw::testing::Harness;
use edafw::{App, AppBuilder, Completion, Envelope, Failure, Sqlite, State, Tx, domain_event, subscriber};

/// What subscribers did, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub(crate) fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[domain_event(name = "shop.ordered", key = order_no)]
pub(crate) struct Ordered {
    pub(crate) order_no: i64,
    pub(crate) refuse_in: Option<String>,
}

#[domain_event(name = "shop.stock-taken", key = order_no)]
pub(crate) struct StockTaken {
    pub(crate) order_no: i64,
    pub(crate) depth: u32,
}

#[domain_event(name = "shop.paid", key = order_no, idempotency_key = order_no)]
pub(crate) struct Paid {
    pub(crate) order_no: i64,
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
    assert_ne!(event.data.order_no, 666, "after_commit panics");
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

pub(crate) fn order(order_no: i64) -> Ordered {
    Ordered { order_no, refuse_in: None }
}

pub(crate) async fn start() -> (Harness<Sqlite>, Log) {
    let log = Log::default();
    let builder: AppBuilder<Sqlite> = App::builder("shop").state(log.clone());
    let harness = Harness::start(builder).await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    sqlx::query("create table line (order_no integer not null)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    (harness, log)
}

pub(crate) async fn lines(harness: &Harness<Sqlite>) -> i64 {
    let mut tx = harness.app().begin().await.unwrap();
    let lines = sqlx::query_scalar("select count(*) from line").fetch_one(&mut *tx).await.unwrap();
    tx.rollback().await;
    lines
}

pub(crate) async fn stored(harness: &Harness<Sqlite>) -> Vec<String> {
    harness.events().await.unwrap().into_iter().map(|event| event.envelope.name).collect()
}
