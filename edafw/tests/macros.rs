//! What the annotations generate, read back: constants, keys and upcasters. No database is needed.

use std::num::NonZeroU32;
use std::time::Duration;

use edafw::__private as generated;
use edafw::{
    App, Completion, Delivery, Envelope, Event as _, Failed, Failure, Sqlite, State, Tx, domain_event,
    external_event, subscriber,
};
use generated::{Channel, Layer, Phase, Subscriber};

edafw::service!("member");

#[domain_event(name = "member.logged-in", key = member_no)]
#[derive(Debug, Clone, PartialEq)]
struct MemberLoggedIn {
    member_no: i64,
    device: String,
}

#[domain_event(
    name = "order.paid",
    key = (tenant, order_no),
    idempotency_key = order_no,
    version = 3,
    formerly = ["order.settled", "order.done"],
    upcast(1 = add_tenant, 2 = refuse),
)]
#[derive(serde::Serialize, Debug)]
struct OrderPaid {
    tenant: String,
    order_no: u64,
}

fn add_tenant(mut data: serde_json::Value) -> Result<serde_json::Value, Failure> {
    let order = data.as_object_mut().ok_or("an order is an object")?;
    order.insert("tenant".into(), "acme".into());
    Ok(data)
}

fn refuse(_: serde_json::Value) -> Result<serde_json::Value, std::fmt::Error> {
    Err(std::fmt::Error)
}

#[domain_event(name = "card.blocked", key = 0)]
struct CardBlocked(String, #[allow(dead_code)] u8);

#[domain_event(name = "day.closed")]
struct DayClosed;

#[domain_event(name = "order.failed", key = order_no)]
struct OrderFailed {
    order_no: u64,
}

impl From<Failed<'_, OrderPaid>> for OrderFailed {
    fn from(failed: Failed<'_, OrderPaid>) -> Self {
        Self { order_no: failed.envelope.data.order_no }
    }
}

#[external_event(name = "member.logged-in", version = 1, of = MemberLoggedIn, zero_payload)]
#[derive(Debug, PartialEq)]
struct MemberLoggedInV1 {
    member_no: i64,
}

#[external_event(name = "order.paid", version = 2, of = OrderPaid)]
struct OrderPaidV2 {
    number: String,
}

impl From<&OrderPaid> for OrderPaidV2 {
    fn from(event: &OrderPaid) -> Self {
        Self { number: event.order_no.to_string() }
    }
}

#[external_event(name = "ticket.sold", version = 1, source = "ticketing", zero_payload)]
struct TicketSold {
    show: u32,
    seat: String,
}

struct Client;

#[subscriber(layer = application)]
async fn count(_event: &MemberLoggedIn, _client: State<Client>) -> Result<(), Failure> {
    Ok(())
}

#[subscriber(layer = application, phase = before_commit, order = -7)]
async fn limit_devices(event: &MemberLoggedIn, _tx: &mut Tx<Sqlite>) -> Result<(), String> {
    if event.device.is_empty() { Err("no device".into()) } else { Ok(()) }
}

#[subscriber(layer = application, phase = after_completion)]
async fn told(
    Envelope { key, .. }: &Envelope<MemberLoggedIn>,
    completion: Completion,
    _app: App<Sqlite>,
) -> Result<(), std::fmt::Error> {
    assert_eq!((key.as_deref(), completion), (Some("7"), Completion::Committed));
    Ok(())
}

#[subscriber(
    layer = internal,
    phase = after_commit,
    name = "order-mail",
    formerly = "mail",
    retry(max_attempts = 3, backoff = "250ms..2h", jitter = full),
    on_failure = publish(OrderFailed),
    after_dead_letter = hold,
    queue = "mail",
    concurrency = 4,
    ordering = none,
    batch = 100,
    share_commit = false,
    from = beginning
)]
async fn send_mail(
    events: &[Envelope<OrderPaid>],
    tx: &mut Tx<Sqlite>,
    delivery: Delivery,
) -> Result<(), Failure> {
    let _ = (events, tx, delivery);
    Ok(())
}

#[subscriber(layer = external)]
async fn admit(_event: &TicketSold, _app: App<Sqlite>) -> Result<(), Failure> {
    Ok(())
}

#[subscriber(layer = internal)]
pub(crate) async fn close(_event: &DayClosed) -> edafw_core::Result<()> {
    Ok(())
}

#[test]
fn an_event_knows_its_constants() {
    let kind = OrderPaid::TYPE;
    assert_eq!((kind.name, kind.version, kind.source), ("order.paid", 3, "member"));
    assert_eq!(kind.formerly, ["order.settled", "order.done"]);
    assert_eq!((kind.channel, kind.rust_name, kind.has_key), (Channel::Internal, "OrderPaid", true));
    assert_eq!((DayClosed::TYPE.version, DayClosed::TYPE.has_key), (1, false));
}

#[test]
fn keys_are_the_fields_as_text() {
    let logged_in = MemberLoggedIn { member_no: 7, device: "phone".into() };
    assert_eq!((logged_in.key().as_deref(), logged_in.idempotency_key()), (Some("7"), None));
    let paid = OrderPaid { tenant: "acme".into(), order_no: 12 };
    assert_eq!(paid.key().as_deref(), Some("acme/12"));
    assert_eq!(paid.idempotency_key().as_deref(), Some("12"));
    assert_eq!(CardBlocked("c-1".into(), 0).key().as_deref(), Some("c-1"));
    assert_eq!(DayClosed.key(), None);
}

#[test]
fn payloads_are_written_and_read_with_serde() {
    let event = MemberLoggedIn { member_no: 7, device: "phone".into() };
    let json = serde_json::to_string(&event).unwrap();
    assert_eq!(json, r#"{"member_no":7,"device":"phone"}"#);
    assert_eq!(serde_json::from_str::<MemberLoggedIn>(&json).unwrap(), event);
    let paid: OrderPaid = serde_json::from_str(r#"{"tenant":"acme","order_no":12}"#).unwrap();
    assert_eq!(paid.order_no, 12);
}

#[test]
fn upcasters_are_chosen_by_version() {
    let data = OrderPaid::upcast(1, serde_json::json!({ "order_no": 12 })).unwrap();
    assert_eq!(data, serde_json::json!({ "order_no": 12, "tenant": "acme" }));
    assert!(OrderPaid::upcast(2, data).is_err());
    let missing = OrderPaid::upcast(9, serde_json::Value::Null).unwrap_err();
    assert!(missing.is_permanent());
    assert_eq!(missing.to_string(), "`order.paid` has no upcaster from version 9");
}

#[test]
fn external_events_are_made_or_consumed() {
    let made = MemberLoggedInV1::from(&MemberLoggedIn { member_no: 7, device: "phone".into() });
    assert_eq!((made.key().as_deref(), MemberLoggedInV1::TYPE.source), (Some("7"), "member"));
    assert_eq!(MemberLoggedInV1::TYPE.channel, Channel::External);
    let kind = OrderPaidV2::TYPE;
    assert!(kind.has_key, "the key travels with the domain event");
    assert_eq!(OrderPaidV2 { number: String::new() }.key(), None);
    let sold = TicketSold { show: 3, seat: "B4".into() };
    assert_eq!((sold.key().as_deref(), TicketSold::TYPE.source), (Some("3/B4"), "ticketing"));
}

#[test]
fn a_subscriber_has_its_defaults() {
    let declared = count::DECLARATION;
    assert_eq!((declared.service, declared.name), ("member", "count"));
    assert_eq!((declared.layer, declared.phase), (Layer::Application, Phase::InTransaction));
    assert_eq!(declared.event.event_type, MemberLoggedIn::TYPE);
    assert_eq!((declared.arguments.len(), declared.database.is_some()), (1, false));
    assert!(!declared.options.writes_only, "State may be anything");
    assert_eq!(declared.options.retry, generated::RetryPolicy::DEFAULT);
    assert!(declared.location.contains("macros.rs:"));
    assert_eq!((close::DECLARATION.layer, close::DECLARATION.phase), (Layer::Internal, Phase::AfterCommit));
    let options = close::DECLARATION.options;
    assert!(!options.writes_only, "without a transaction, nothing that it does is undone with one");
    assert_eq!(admit::DECLARATION.layer, Layer::External);
}

#[test]
fn a_subscriber_keeps_its_options() {
    let declared = send_mail::DECLARATION;
    assert_eq!((declared.name, declared.formerly), ("order-mail", &["mail"][..]));
    let options = declared.options;
    assert_eq!(options.retry.max_attempts.get(), 3);
    assert_eq!(options.retry.backoff.first, Duration::from_millis(250));
    assert_eq!(options.retry.backoff.most, Duration::from_hours(2));
    assert_eq!(options.retry.jitter, generated::Jitter::Full);
    assert_eq!(options.on_failure, generated::OnFailure::Publish);
    assert!(options.publish_failure.is_some());
    assert_eq!(options.after_dead_letter, generated::AfterDeadLetter::Hold);
    assert_eq!((options.queue, options.ordering), (Some("mail"), generated::Ordering::None));
    assert_eq!((options.concurrency, options.batch), (NonZeroU32::new(4), NonZeroU32::new(100)));
    assert_eq!((options.share_commit, options.from_beginning), (Some(false), true));
    assert!(options.writes_only);
    assert_eq!(declared.database.unwrap().scheme, "sqlite");
    assert_eq!(limit_devices::DECLARATION.options.order, -7);
    assert_eq!(told::DECLARATION.arguments.len(), 2);
}

#[test]
fn everything_is_registered_under_the_service() {
    let mut names: Vec<_> = generated::inventory::iter::<generated::SubscriberDeclaration>
        .into_iter()
        .map(|declared| (declared.service, declared.name))
        .collect();
    names.sort_unstable();
    let expected = ["admit", "close", "count", "limit_devices", "order-mail", "told"];
    assert_eq!(names, expected.map(|name| ("member", name)));
    let events = generated::inventory::iter::<generated::DomainEventDeclaration>.into_iter().count();
    let contracts = generated::inventory::iter::<generated::ExternalEventDeclaration>.into_iter().count();
    assert_eq!((events, contracts), (5, 2));
}
