//! What a subscriber fetches from the owner of an event that holds the key and nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use edafw::testing::Harness;
use edafw::{
    App, AppBuilder, Channel, Clock, Destination, Envelope, Event, Failure, Fetch, Fetched, Message, Retried,
    Sqlite, Subscriber, Tx, external_event, subscriber,
};
use edafw_core::topic_name;

edafw::service!("family");

/// The member service's contract.
#[external_event(name = "member.identity-reset", version = 1, source = "member", zero_payload)]
struct IdentityResetV1 {
    member_no: i64,
}

/// What the member service knows of a member.
struct Member {
    verified: bool,
}

/// The member service: what it answers, and how often it was asked.
#[derive(Clone, Default)]
struct MemberService {
    members: Arc<Mutex<BTreeMap<i64, Answer>>>,
    asked: Arc<Mutex<Vec<i64>>>,
    /// The family service itself, to see whether its database is free while the owner is asked.
    family: Arc<OnceLock<App<Sqlite>>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Verified(bool),
    /// Busy for this number of requests.
    Busy(u32),
    Broken,
    Hostile,
}

impl Fetch<IdentityResetV1> for Member {
    type Owner = MemberService;

    async fn fetch(
        event: &Envelope<IdentityResetV1>,
        owner: &MemberService,
    ) -> Result<Option<Self>, Failure> {
        let member_no = event.data.member_no;
        owner.asked.lock().unwrap().push(member_no);
        if let Some(family) = owner.family.get() {
            let tx = family.begin().await?;
            tx.commit().await?;
        }
        match owner.answer(member_no) {
            None => Ok(None),
            Some(Answer::Verified(verified)) => Ok(Some(Member { verified })),
            Some(Answer::Busy(0)) => Err("the next one is answered".into()),
            Some(Answer::Busy(_)) => Err(Failure::retry_after(Duration::from_hours(1), "the owner is busy")),
            Some(Answer::Broken) => Err(Failure::permanent("the owner answered 400")),
            Some(Answer::Hostile) => panic!("the client has a mistake"),
        }
    }
}

impl MemberService {
    /// What is answered now; who is busy is a little less so afterwards.
    fn answer(&self, member_no: i64) -> Option<Answer> {
        let mut members = self.members.lock().unwrap();
        let answer = members.get_mut(&member_no)?;
        let now = *answer;
        match now {
            Answer::Busy(0) => *answer = Answer::Verified(false),
            Answer::Busy(times) => *answer = Answer::Busy(times - 1),
            _ => {}
        }
        Some(now)
    }
}

#[subscriber(layer = external, retry(max_attempts = 4, backoff = "1s"))]
async fn leave_family(
    event: &IdentityResetV1,
    member: Fetched<Member>,
    tx: &mut Tx<Sqlite>,
) -> Result<(), Failure> {
    if !member.verified {
        let insert = sqlx::query("insert into left_family values (?1)");
        insert.bind(event.member_no).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Has something to do where the member is gone.
#[subscriber(layer = external)]
async fn forget(
    event: &Envelope<IdentityResetV1>,
    member: Option<Fetched<Member>>,
    tx: &mut Tx<Sqlite>,
) -> Result<(), Failure> {
    if member.is_none() {
        let insert = sqlx::query("insert into forgotten values (?1)");
        insert.bind(event.data.member_no).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Would share commits, which cannot be.
#[subscriber(layer = external, share_commit = true)]
async fn sharing(_: &IdentityResetV1, _: Fetched<Member>, _: &mut Tx<Sqlite>) -> Result<(), Failure> {
    Ok(())
}

/// Would take a batch, which cannot be.
#[subscriber(layer = external, batch = 5)]
async fn batched(
    _: &[Envelope<IdentityResetV1>],
    _: Fetched<Member>,
    _: &mut Tx<Sqlite>,
) -> Result<(), Failure> {
    Ok(())
}

fn builder() -> AppBuilder<Sqlite> {
    App::builder("family").without_linked()
}

/// The service with one subscriber, and events about the members `events` on their way to it.
async fn start<S: Subscriber>(
    members: impl Into<BTreeMap<i64, Answer>>,
    events: &[i64],
) -> (Harness<Sqlite>, MemberService) {
    let service = MemberService { members: Arc::new(Mutex::new(members.into())), ..MemberService::default() };
    let harness = Harness::start(builder().subscriber::<S>().state(service.clone())).await.unwrap();
    let mut tx = harness.app().begin().await.unwrap();
    let tables = "create table left_family (member_no); create table forgotten (member_no)";
    sqlx::raw_sql(tables).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    send(&harness, events).await;
    (harness, service)
}

/// Sends what the member service would; who is named twice is sent twice.
async fn send(harness: &Harness<Sqlite>, members: &[i64]) {
    let message = |member_no: &i64| {
        let id = format!("018f4e6a-7c00-7000-8000-{member_no:012}");
        let body = format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"member","type":"member.identity-reset",
               "subject":"{member_no}","time":"2030-01-01T00:00:00Z","eventversion":1,"data":{{"member_no":{member_no}}}}}"#
        );
        let (id, name) = (id.parse().unwrap(), IdentityResetV1::TYPE.name.to_owned());
        Message { id, name, key: Some(member_no.to_string()), generation: 1, body }
    };
    let topic = Destination::Topic(topic_name("member", Channel::External));
    let messages: Vec<Message> = members.iter().map(message).collect();
    let sent = harness.app().transport(Channel::External).publish(&topic, &messages).await.unwrap();
    assert!(sent.iter().all(Result::is_ok));
}

async fn rows(harness: &Harness<Sqlite>, query: &'static str) -> Vec<i64> {
    let mut tx = harness.app().begin().await.unwrap();
    let rows = sqlx::query_scalar(query).fetch_all(&mut *tx).await.unwrap();
    tx.rollback().await;
    rows
}

async fn left(harness: &Harness<Sqlite>) -> Vec<i64> {
    rows(harness, "select member_no from left_family order by 1").await
}

#[tokio::test]
async fn the_owner_is_asked_before_the_transaction_begins() {
    let members = [(1, Answer::Verified(false)), (2, Answer::Verified(true))];
    let (harness, service) = start::<leave_family>(members, &[1, 2]).await;
    // With a transaction open, this one would wait until it gives up: SQLite has one writer.
    assert!(service.family.set(harness.app().clone()).is_ok());
    let report = harness.run_until_idle().await.unwrap();
    assert_eq!(report.deliveries["leave_family"].handled, 2);
    assert_eq!(report.deliveries["leave_family"].retries, 0);
    assert_eq!(left(&harness).await, [1]);
}

#[tokio::test]
async fn a_duplicate_asks_nobody() {
    let (harness, service) = start::<leave_family>([(1, Answer::Verified(false))], &[1]).await;
    harness.run_until_idle().await.unwrap();
    send(&harness, &[1]).await;
    let report = harness.run_until_idle().await.unwrap();
    assert_eq!(report.deliveries["leave_family"].duplicates, 1);
    assert_eq!(*service.asked.lock().unwrap(), [1]);
    assert_eq!(left(&harness).await, [1]);
}

#[tokio::test]
async fn an_owner_that_is_away_is_asked_again_when_it_said() {
    let (harness, service) = start::<leave_family>([(1, Answer::Busy(2))], &[1]).await;
    let began = harness.clock().now();
    let report = harness.run_until_idle().await.unwrap();
    assert_eq!(report.deliveries["leave_family"].retries, 3);
    assert_eq!(*service.asked.lock().unwrap(), [1; 4]);
    let passed = harness.clock().now().duration_since(began).unwrap();
    assert!((Duration::from_hours(2)..Duration::from_hours(3)).contains(&passed), "{passed:?}");
    assert_eq!(left(&harness).await, [1]);
}

#[tokio::test]
async fn an_owner_that_stays_away_costs_the_attempts_and_nothing_else() {
    let (harness, service) =
        start::<leave_family>([(1, Answer::Busy(9)), (2, Answer::Verified(false))], &[1, 2]).await;
    let report = harness.run_until_idle().await.unwrap();
    let [letter] = &report.dead_letters[..] else { panic!("{:?}", report.dead_letters) };
    assert_eq!((letter.letter.cause.as_str(), letter.letter.attempts), ("attempts-exhausted", 4));
    assert_eq!(letter.letter.error, "the owner is busy");
    assert_eq!(left(&harness).await, [2], "other keys flow");
    service.members.lock().unwrap().insert(1, Answer::Verified(false));
    let retried = harness.app().worker().unwrap().retry_dead_letter(letter.id).await.unwrap();
    assert_eq!(retried, Retried::Handled);
    assert_eq!(left(&harness).await, [1, 2]);
}

#[tokio::test]
async fn what_the_owner_does_not_have_is_a_dead_letter_at_once() {
    let (harness, service) = start::<leave_family>([(2, Answer::Broken)], &[1, 2]).await;
    let report = harness.run_until_idle().await.unwrap();
    let mut errors: Vec<&str> =
        report.dead_letters.iter().map(|letter| letter.letter.error.as_str()).collect();
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            "the owner answered 400",
            "the owner of `member.identity-reset` has no `Member` for it; a subscriber that has something to do then takes an `Option`"
        ]
    );
    assert!(report.dead_letters.iter().all(|letter| letter.letter.cause.as_str() == "permanent"));
    assert_eq!(service.asked.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_subscriber_can_do_without() {
    let (harness, _) = start::<forget>([(2, Answer::Verified(true))], &[1, 2]).await;
    let report = harness.run_until_idle().await.unwrap();
    assert_eq!(report.deliveries["forget"].handled, 2);
    assert_eq!(rows(&harness, "select member_no from forgotten").await, [1]);
}

#[tokio::test]
async fn a_client_that_panics_is_a_failed_attempt() {
    let (harness, _) = start::<leave_family>([(1, Answer::Hostile)], &[1]).await;
    let report = harness.run_until_idle().await.unwrap();
    assert_eq!(report.dead_letters[0].letter.error, "panicked: the client has a mistake");
    assert_eq!(report.dead_letters[0].letter.attempts, 4);
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_at_start() {
    let start = async |builder| match Harness::start(builder).await {
        Err(error) => error.to_string(),
        Ok(_) => panic!("it starts"),
    };
    let error = start(builder().subscriber::<leave_family>()).await;
    assert!(error.contains("`leave_family` (edafw/tests/fetching.rs:"), "{error}");
    assert!(
        error.contains("takes `Fetched<Member>`, and that takes `State<fetching::MemberService>`"),
        "{error}"
    );
    let service = MemberService::default();
    let error = start(builder().subscriber::<sharing>().state(service.clone())).await;
    assert!(error.contains("`sharing`") && error.contains("remove `share_commit = true`"), "{error}");
    let error = start(builder().subscriber::<batched>().state(service)).await;
    assert!(error.contains("`batched`") && error.contains("remove `batch`"), "{error}");
}
