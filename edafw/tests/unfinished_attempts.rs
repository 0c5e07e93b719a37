//! Attempts that come to no end, again and again, and not by the subscriber's fault: another worker takes the message,
//! or the database is not to be had.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use edafw::testing::Harness;
use edafw::{App, Channel, ErrorKind, Failure, ManualClock, Sqlite, State, Tx, domain_event, subscriber};
use tokio::sync::Mutex;

edafw::service!("mail");

#[domain_event(name = "mail.sent", key = number)]
struct Sent {
    number: i64,
}

const LEASE: Duration = Duration::from_secs(30);

/// The other worker.
#[derive(Clone, Default)]
struct Thief {
    clock: Arc<ManualClock>,
    app: Arc<OnceLock<App<Sqlite>>>,
    /// How often it takes the message.
    thefts: Arc<AtomicU32>,
}

impl Thief {
    async fn comes_by(&self) -> Result<(), Failure> {
        if self.thefts.load(Ordering::SeqCst) == 0 {
            return Ok(());
        }
        self.thefts.fetch_sub(1, Ordering::SeqCst);
        self.clock.advance(LEASE);
        let transport = self.app.get().expect("it is connected").transport(Channel::Internal);
        let taken = transport.receive("mail.read", 1, LEASE, Duration::ZERO).await?;
        assert_eq!(taken.len(), 1, "the lease has ended");
        Ok(())
    }
}

#[subscriber(layer = internal, retry(max_attempts = 2, backoff = "1s"))]
async fn read(_event: &Sent, thief: State<Thief>) -> Result<(), Failure> {
    thief.comes_by().await
}

/// However often its message is lost, an event uses up no attempt: nobody has failed, and no process has died.
#[tokio::test]
async fn a_lost_message_costs_no_attempt() {
    let thief = Thief { thefts: Arc::new(AtomicU32::new(7)), ..Thief::default() };
    let builder = App::builder("mail").state(thief.clone()).state(Crowd::default());
    let harness = Harness::<Sqlite>::start_with_clock(builder, Arc::clone(&thief.clock)).await.unwrap();
    assert!(thief.app.set(harness.app().clone()).is_ok());
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Sent { number: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    let report = harness.run_until_idle().await.unwrap();
    let read = &report.deliveries["read"];
    assert_eq!((read.handled, read.duplicates, read.dead_letters), (1, 7, 0), "{:?}", report.dead_letters);
    assert_eq!(thief.thefts.load(Ordering::SeqCst), 0);
}

#[domain_event(name = "mail.answered", key = number)]
struct Answered {
    number: i64,
}

/// Who has the only connection, and how often it is still to be taken.
#[derive(Clone, Default)]
struct Crowd {
    app: Arc<OnceLock<App<Sqlite>>>,
    connection: Arc<Mutex<Option<Tx<Sqlite>>>>,
    times: Arc<AtomicU32>,
}

#[subscriber(layer = internal, retry(max_attempts = 2, backoff = "1s"))]
async fn file(_event: &Answered, crowd: State<Crowd>) -> Result<(), Failure> {
    if crowd.times.load(Ordering::SeqCst) > 0 {
        crowd.times.fetch_sub(1, Ordering::SeqCst);
        let tx = crowd.app.get().expect("it is connected").begin().await?;
        *crowd.connection.lock().await = Some(tx);
    }
    Ok(())
}

/// However often the database is away when the effect is to be written down, an event uses up no attempt.
#[tokio::test]
async fn a_database_that_is_away_costs_no_attempt() {
    const TIMES: u32 = 7;
    let crowd = Crowd { times: Arc::new(AtomicU32::new(TIMES)), ..Crowd::default() };
    let builder = App::builder("mail").state(crowd.clone()).state(Thief::default());
    let builder = builder.settings(|settings| settings.store.acquire_timeout = Duration::from_millis(10));
    let harness = Harness::<Sqlite>::start(builder).await.unwrap();
    assert!(crowd.app.set(harness.app().clone()).is_ok());
    let mut tx = harness.app().begin().await.unwrap();
    tx.publish(Answered { number: 1 }).await.unwrap();
    tx.commit().await.unwrap();
    for _ in 0..TIMES {
        let error = harness.run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{}", error.chain());
        crowd.connection.lock().await.take().expect("the subscriber took it").rollback().await;
        harness.clock().advance(LEASE);
    }
    let report = harness.run_until_idle().await.unwrap();
    let file = &report.deliveries["file"];
    assert_eq!((file.handled, file.retries, file.dead_letters), (1, 0, 0), "{:?}", report.dead_letters);
}
