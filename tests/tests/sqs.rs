//! A service on SNS and SQS: what it costs, and what happens when somebody takes a subscription away.

#[path = "../../edafw-sqs/tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::time::Duration;

use edafw::{
    App, CancellationToken, Channel, Clock, DeadLetterFilter, DeliveryStore, Drift, EventStore, Failure,
    ManualClock, Settings, Sqlite, SystemClock, Topics, Tx, domain_event, subscriber,
};
use support::place::Place;
use support::proxy::{Fault, Proxy};

edafw::service!("post");

#[domain_event(name = "post.sent", key = street)]
struct Sent {
    street: String,
    number: i64,
}

#[subscriber(layer = internal)]
async fn deliver(event: &Sent, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query("insert into letter (street, number) values (?1, ?2)")
        .bind(&event.street)
        .bind(event.number)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

const RECORDER: &str = "post.edafw-recorder";
const DELIVER: &str = "post.deliver";

/// A post office on an emulator, behind a proxy that counts.
struct Post {
    place: Place,
    proxy: Proxy,
    app: App<Sqlite>,
}

impl Post {
    /// `republish_after`: when an event is sent again that was not confirmed.
    async fn open(republish_after: Duration) -> Self {
        Self::open_with(Arc::new(SystemClock), |settings| settings.republish.after = republish_after).await
    }

    async fn open_with(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Settings)) -> Self {
        let place = Place::new(Topics::Fifo);
        let proxy = Proxy::to(place.emulator.endpoint());
        let transport = Arc::new(place.connect_through(proxy.endpoint(), &edafw::Topology::default()));
        let app: App<Sqlite> = App::builder("post")
            .database_url(format!("sqlite:{}?mode=memory", place.config.prefix))
            .transport(transport)
            .clock(clock)
            .settings(change)
            .connect()
            .await
            .unwrap();
        let mut tx = app.begin().await.unwrap();
        sqlx::query("create table letter (id integer primary key, street text, number integer)")
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let post = Self { place, proxy, app };
        post.apply().await;
        post
    }

    async fn apply(&self) -> Vec<Drift> {
        let transport = self.app.transport(Channel::Internal);
        let topology = self.app.topology(Channel::Internal);
        transport.provision().unwrap().apply(&topology).await.unwrap()
    }

    async fn drift(&self) -> Vec<Drift> {
        let transport = self.app.transport(Channel::Internal);
        transport.provision().unwrap().plan(&self.app.topology(Channel::Internal)).await.unwrap()
    }

    /// One event in each street.
    async fn publish(&self, numbers: impl IntoIterator<Item = i64>) {
        let mut tx = self.app.begin().await.unwrap();
        for number in numbers {
            tx.publish(Sent { street: format!("street {number}"), number }).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    async fn letters(&self) -> Vec<i64> {
        let mut tx = self.app.begin().await.unwrap();
        let letters = sqlx::query_scalar("select number from letter order by number");
        let letters = letters.fetch_all(&mut *tx).await.unwrap();
        tx.rollback().await;
        letters
    }

    async fn published(&self) -> u64 {
        self.app.store().counts().await.unwrap().published
    }

    async fn work(&self) {
        self.app.worker().unwrap().run_until_idle().await.unwrap();
    }

    /// Runs a worker until `done`.
    async fn work_until(&self, done: impl AsyncFn() -> bool) {
        let stop = CancellationToken::new();
        let worker = self.app.worker().unwrap();
        let watch = async {
            let mut looks = tokio::time::interval(Duration::from_millis(20));
            while !done().await {
                looks.tick().await;
            }
            stop.cancel();
        };
        let all = async { tokio::join!(worker.run(stop.clone()), watch) };
        let (ran, ()) = tokio::time::timeout(Duration::from_mins(1), all).await.expect("it comes to an end");
        ran.unwrap();
    }

    /// Somebody takes a queue's subscriptions away, past the framework.
    async fn unsubscribe(&self, queue: &str) {
        let sns = support::place::sns(self.place.emulator.endpoint());
        let name = queue.replace('-', "--").replace('.', "-");
        let all = sns.list_subscriptions().send().await.unwrap();
        let mut gone = 0;
        for one in all.subscriptions() {
            let to = one.endpoint().unwrap();
            if to.contains(&format!("{}{name}", self.place.config.prefix)) {
                sns.unsubscribe().subscription_arn(one.subscription_arn().unwrap()).send().await.unwrap();
                gone += 1;
            }
        }
        assert!(gone > 0, "{queue} has no subscription");
    }
}

fn names(drift: &[Drift], queue: &str) -> bool {
    !drift.is_empty()
        && drift.iter().all(|one| matches!(one, Drift::MissingBinding { queue: named, .. } if named == queue))
}

#[tokio::test]
async fn a_thousand_events_of_a_thousand_keys_take_few_requests() {
    const EVENTS: i64 = 1_000;
    let post = Post::open(Duration::from_mins(5)).await;
    post.publish(0..EVENTS).await;
    post.proxy.reset();
    post.work_until(async || {
        post.published().await == EVENTS as u64 && post.letters().await.len() == EVENTS as usize
    })
    .await;
    assert_eq!(post.letters().await, Vec::from_iter(0..EVENTS));
    let publishing = post.proxy.count("PublishBatch", "");
    assert!(publishing <= 110, "{publishing} requests to publish");
    for (name, queue) in [(DELIVER, "post-deliver.fifo"), (RECORDER, "post-edafw--recorder")] {
        let requests: usize = ["ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"]
            .iter()
            .map(|action| post.proxy.count(action, queue))
            .sum();
        assert!((200..=220).contains(&requests), "{requests} requests for {name}");
    }
    assert_eq!(post.proxy.count("ListTopics", "") + post.proxy.count("ListQueues", ""), 0);
}

#[tokio::test]
async fn events_that_the_recorder_missed_are_sent_again_once_it_is_subscribed() {
    let post = Post::open(Duration::from_secs(1)).await;
    post.unsubscribe(RECORDER).await;
    post.publish(0..20).await;
    post.work().await;
    assert_eq!(post.letters().await, Vec::from_iter(0..20));
    assert_eq!(post.published().await, 0, "nobody has seen them come out of a queue");
    assert!(names(&post.drift().await, RECORDER), "{:?}", post.drift().await);

    assert!(names(&post.apply().await, RECORDER));
    // Within the time in which SNS drops what it has seen: another generation is another message.
    post.work_until(async || post.published().await == 20).await;
    assert_eq!(post.letters().await, Vec::from_iter(0..20), "each took effect once");
    assert_eq!(post.drift().await, []);
}

#[tokio::test]
async fn a_subscriber_that_was_unsubscribed_gets_what_it_missed() {
    let post = Post::open(Duration::from_mins(5)).await;
    post.publish(0..10).await;
    post.work().await;
    post.unsubscribe(DELIVER).await;
    post.publish(10..30).await;
    post.work().await;
    assert_eq!((post.letters().await.len(), post.published().await), (10, 30), "published, and not handled");
    assert!(names(&post.drift().await, DELIVER), "{:?}", post.drift().await);
    post.apply().await;
    assert_eq!(post.app.reconcile("deliver", None).await.unwrap(), 20);
    post.work().await;
    assert_eq!(post.letters().await, Vec::from_iter(0..30));
}

#[tokio::test]
async fn a_recorder_that_is_behind_causes_no_storm() {
    const PERIOD: Duration = Duration::from_millis(200);
    let post = Post::open(PERIOD).await;
    post.proxy.hold(Some("post-edafw--recorder"));
    post.publish(0..200).await;
    let started = std::time::Instant::now();
    post.work_until(async || post.letters().await.len() == 200 && started.elapsed() > PERIOD * 20).await;
    assert_eq!(post.published().await, 0, "the recorder is held back");
    let requests = post.proxy.count("PublishBatch", "");
    assert!(
        requests <= 25,
        "{requests} requests in twenty periods: everything is on its way to the recorder"
    );
    post.proxy.hold(None);
    post.work_until(async || post.published().await == 200).await;
    assert_eq!(post.letters().await, Vec::from_iter(0..200));
}

#[tokio::test]
async fn a_worker_that_starts_while_the_endpoint_is_away_waits_for_it() {
    let post = Post::open(Duration::from_mins(5)).await;
    post.publish(0..5).await;
    post.proxy.set_away(true);
    let (worker, stop) = (post.app.worker().unwrap(), CancellationToken::new());
    let watch = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        while worker.failing() != ["start"] {
            looks.tick().await;
        }
        post.proxy.set_away(false);
        while post.published().await < 5 {
            looks.tick().await;
        }
        stop.cancel();
    };
    let all = async { tokio::join!(worker.run(stop.clone()), watch) };
    let (ran, ()) = tokio::time::timeout(Duration::from_mins(1), all).await.expect("it goes on");
    ran.unwrap();
    assert_eq!(post.letters().await, Vec::from_iter(0..5));
}

#[tokio::test]
async fn a_worker_does_not_start_without_a_right_and_a_running_one_waits_for_it() {
    let post = Post::open(Duration::from_mins(5)).await;
    post.proxy.spoil("GetQueueAttributes", &[Fault::Refused("AccessDenied")]);
    let error = post.app.worker().unwrap().run_until_idle().await.expect_err("waiting cannot help");
    let text = error.chain();
    assert!(text.contains("sqs:GetQueueAttributes on ") && text.contains("provision export --iam"), "{text}");

    post.publish(0..5).await;
    post.proxy.spoil("ReceiveMessage", &[Fault::Refused("AccessDenied"); 3]);
    post.proxy.spoil("PublishBatch", &[Fault::Refused("ExpiredToken"); 2]);
    post.work().await;
    assert!(post.proxy.is_done());
    assert_eq!(post.letters().await, Vec::from_iter(0..5));
    assert_eq!(post.published().await, 5);
}

#[tokio::test]
async fn an_hour_without_the_database_makes_no_dead_letter() {
    const EVENTS: i64 = 20;
    let clock = Arc::new(ManualClock::new(std::time::SystemTime::now()));
    let post = Post::open_with(Arc::clone(&clock) as Arc<dyn Clock>, |settings| {
        settings.lease = Duration::from_secs(1);
        settings.store.acquire_timeout = Duration::from_millis(100);
    })
    .await;
    let (worker, stop) = (post.app.worker().unwrap(), CancellationToken::new());
    let watch = async {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        // Everything waits for its subscriber, in AWS.
        post.proxy.hold(Some("post-deliver.fifo"));
        post.publish(0..EVENTS).await;
        while post.published().await < EVENTS as u64 {
            looks.tick().await;
        }
        // Whoever holds the one writer of the database keeps it from everybody else.
        let held = post.app.begin().await.unwrap();
        post.proxy.hold(None);
        post.proxy.reset();
        // Received and given back several times.
        while post.proxy.count("ReceiveMessage", "post-deliver.fifo") < 5 {
            looks.tick().await;
        }
        assert!(worker.failing().contains(&DELIVER.to_owned()), "{:?}", worker.failing());
        clock.advance(Duration::from_hours(1));
        held.rollback().await;
        while post.letters().await.len() < EVENTS as usize {
            looks.tick().await;
        }
        stop.cancel();
    };
    let all = async { tokio::join!(worker.run(stop.clone()), watch) };
    let (ran, ()) = tokio::time::timeout(Duration::from_mins(2), all).await.expect("it goes on");
    ran.unwrap();
    assert_eq!(post.letters().await, Vec::from_iter(0..EVENTS));
    let stats = &worker.stats()["deliver"];
    assert_eq!((stats.retries, stats.dead_letters), (0, 0), "an absent database is no attempt");
    let dead = post.app.store().dead_letters(&DeadLetterFilter::default()).await.unwrap();
    assert!(dead.is_empty(), "{dead:?}");
}
