//! The service under test: a bank whose subscribers fail when they are told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use edafw::testing::{Harness, Report};
use edafw::{
    App, AppBuilder, Channel, Delivery, Destination, Envelope, Failed, Failure, Message, Sqlite, State, Tx,
    domain_event, subscriber,
};

/// Which deliveries fail, by subscriber and event number, and how often: for good with `u32::MAX`.
#[derive(Clone, Default)]
pub(crate) struct Faults(Arc<Mutex<BTreeMap<(&'static str, i64), u32>>>);

impl Faults {
    pub(crate) fn fail(&self, subscriber: &'static str, number: i64, times: u32) {
        self.0.lock().unwrap().insert((subscriber, number), times);
    }

    pub(crate) fn check(&self, subscriber: &'static str, number: i64) -> Result<(), Failure> {
        let mut faults = self.0.lock().unwrap();
        match faults.get_mut(&(subscriber, number)) {
            Some(&mut u32::MAX) => Err(Failure::permanent(format!("always at {number}"))),
            Some(left) if *left > 0 => {
                *left -= 1;
                Err(format!("fault at {number}").into())
            }
            _ => Ok(()),
        }
    }
}

#[domain_event(name = "bank.moved", key = account, version = 2, upcast(1 = from_v1))]
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) account: String,
    pub(crate) number: i64,
}

/// Version 1 counted from 0.
fn from_v1(mut data: serde_json::Value) -> Result<serde_json::Value, Failure> {
    let number = data["number"].as_i64().ok_or_else(|| Failure::permanent("no number"))?;
    data["number"] = (number + 1).into();
    Ok(data)
}

#[domain_event(name = "bank.booked", key = account)]
pub(crate) struct Booked {
    pub(crate) account: String,
    pub(crate) number: i64,
}

#[domain_event(name = "bank.move-failed", key = account)]
pub(crate) struct MoveFailed {
    pub(crate) account: String,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
}

impl From<Failed<'_, Moved>> for MoveFailed {
    fn from(failed: Failed<'_, Moved>) -> Self {
        let account = failed.envelope.data.account.clone();
        Self { account, reason: failed.error.to_owned(), attempts: failed.attempts }
    }
}

async fn write(tx: &mut Tx<Sqlite>, subscriber: &str, account: &str, number: i64) -> Result<(), Failure> {
    sqlx::query("insert into effect (subscriber, account, number) values (?1, ?2, ?3)")
        .bind(subscriber)
        .bind(account)
        .bind(number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

#[subscriber(layer = internal, share_commit = true, retry(max_attempts = 4, backoff = "1s..1m"))]
async fn ledger(
    event: &Moved,
    tx: &mut Tx<Sqlite>,
    delivery: Delivery,
    faults: State<Faults>,
) -> Result<(), Failure> {
    let replayed = delivery.subscriber.strip_prefix("ledger@");
    assert_eq!(replayed, delivery.replay.as_deref());
    write(tx, &delivery.subscriber, &event.account, event.number).await?;
    tx.publish(Booked { account: event.account.clone(), number: event.number }).await?;
    faults.check("ledger", event.number)
}

#[subscriber(layer = internal, after_dead_letter = hold, retry(max_attempts = 2, backoff = "1s"))]
async fn strict(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "strict", &event.account, event.number).await?;
    faults.check("strict", event.number)
}

#[subscriber(layer = internal, on_failure = publish(MoveFailed), retry(max_attempts = 2, backoff = "1s"))]
async fn compensated(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "compensated", &event.account, event.number).await?;
    faults.check("compensated", event.number)
}

/// Nobody may say that moving failed on account `silent`.
#[subscriber(layer = application)]
async fn silence(event: &MoveFailed) -> Result<(), Failure> {
    if event.account == "silent" { Err("not to be told".into()) } else { Ok(()) }
}

#[subscriber(layer = internal, on_failure = ignore, retry(max_attempts = 2, backoff = "1s"))]
async fn careless(event: &Moved, delivery: Delivery, faults: State<Faults>) -> Result<(), Failure> {
    assert!(delivery.attempt <= 2);
    faults.check("careless", event.number)
}

#[subscriber(layer = internal)]
async fn report_failure(event: &Envelope<MoveFailed>, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    let failed = &event.data;
    assert_eq!((failed.reason.as_str(), failed.attempts), ("fault at 3", 2));
    assert_eq!(tx.correlation_id(), Some(event.correlation_id));
    for moved in tx.history().flow(event.correlation_id).of::<Moved>().all().await? {
        write(tx, "report_failure", &failed.account, moved.data.number).await?;
    }
    Ok(())
}

#[subscriber(layer = internal, queue = "pair", retry(max_attempts = 3, backoff = "1s"))]
async fn left(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "left", &event.account, event.number).await?;
    faults.check("left", event.number)
}

#[subscriber(layer = internal, queue = "pair", retry(max_attempts = 3, backoff = "1s"))]
async fn right(event: &Moved, tx: &mut Tx<Sqlite>, faults: State<Faults>) -> Result<(), Failure> {
    write(tx, "right", &event.account, event.number).await?;
    faults.check("right", event.number)
}

#[subscriber(layer = internal, batch = 10)]
async fn batched(events: &[Envelope<Moved>], tx: &mut Tx<Sqlite>, delivery: Delivery) -> Result<(), Failure> {
    for event in events {
        write(tx, &delivery.subscriber, &event.data.account, event.data.number).await?;
    }
    Ok(())
}

pub(crate) struct Bank {
    pub(crate) harness: Harness<Sqlite>,
    pub(crate) faults: Faults,
}

impl Bank {
    pub(crate) async fn open() -> Self {
        let faults = Faults::default();
        let builder: AppBuilder<Sqlite> = App::builder("bank").state(faults.clone());
        let harness = Harness::start(builder).await.unwrap();
        let mut tx = harness.app().begin().await.unwrap();
        sqlx::query(
            "create table effect (id integer primary key, subscriber text, account text, number integer)",
        )
        .execute(&mut *tx)
        .await
        .unwrap();
        tx.commit().await.unwrap();
        Self { harness, faults }
    }

    pub(crate) async fn publish(&self, account: &str, numbers: impl IntoIterator<Item = i64>) {
        for number in numbers {
            let mut tx = self.harness.app().begin().await.unwrap();
            tx.publish(Moved { account: account.to_owned(), number }).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    /// The numbers that a subscriber has written for an account, in the order of its effects.
    pub(crate) async fn effects(&self, subscriber: &str, account: &str) -> Vec<i64> {
        let mut tx = self.harness.app().begin().await.unwrap();
        let effects = sqlx::query_scalar(
            "select number from effect where subscriber = ?1 and account = ?2 order by id",
        )
        .bind(subscriber)
        .bind(account)
        .fetch_all(&mut *tx)
        .await
        .unwrap();
        tx.rollback().await;
        effects
    }

    /// Changes what is stored, as another release or an operator would have.
    pub(crate) async fn change(&self, statement: &'static str) {
        let mut tx = self.harness.app().begin().await.unwrap();
        sqlx::query(statement).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(crate) async fn finish(&self) -> Report {
        self.harness.run_until_idle().await.unwrap()
    }

    /// Puts a message into a subscriber's queue, past the event store.
    pub(crate) async fn inject(&self, queue: &str, name: &str, body: String) {
        let message = Message {
            id: "018f4e6a-7c00-7000-8000-0000000000aa".parse().unwrap(),
            name: name.to_owned(),
            key: Some("a".to_owned()),
            generation: 0,
            body,
        };
        let transport = self.harness.app().transport(Channel::Internal);
        let sent = transport.publish(&Destination::Queue(queue.to_owned()), &[message]).await.unwrap();
        assert!(sent.iter().all(Result::is_ok));
    }
}
