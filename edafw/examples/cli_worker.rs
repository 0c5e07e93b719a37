//! The worker binary that the tests of the commands run: a service that keeps members, and what can be wrong
//! with one. `MEMBER_MISTAKE` chooses what is wrong with its set-up, `MEMBER_DEVICES_FAIL` and
//! `MEMBER_GOODBYE_HANGS` what is wrong with its subscribers.

use edafw::__private::SubscriberDeclaration;
use edafw::{
    AppBuilder, Delivery, Error, Failure, Sqlite, Subscriber, Tx, domain_event, external_event, service,
    subscriber,
};

service!("member");

/// A member logged in.
#[domain_event(name = "member.logged-in", key = member_no)]
struct MemberLoggedIn {
    member_no: i64,
    device: String,
}

/// A member closed the account.
#[domain_event(name = "member.left", key = member_no)]
struct MemberLeft {
    member_no: i64,
}

/// What other systems get to know of a log-in.
#[external_event(name = "member.logged-in", version = 1, of = MemberLoggedIn, zero_payload)]
struct MemberLoggedInV1 {
    member_no: i64,
}

/// What this service takes from the orders.
#[external_event(name = "order.paid", version = 2, source = "order")]
struct OrderPaidV2 {
    member_no: i64,
}

#[subscriber(layer = application, phase = before_commit, order = 5)]
async fn limit_devices(event: &MemberLoggedIn) -> Result<(), Failure> {
    if event.device.is_empty() { Err("a device has a name".into()) } else { Ok(()) }
}

/// Fails while the environment says so, after it has written: a test sees that what it wrote is undone.
#[subscriber(
    layer = internal,
    retry(max_attempts = 1),
    after_dead_letter = hold
)]
async fn record_device(event: &MemberLoggedIn, tx: &mut Tx<Sqlite>) -> Result<(), Failure> {
    sqlx::query("create table if not exists device (member_no integer, name text)")
        .execute(&mut **tx)
        .await?;
    sqlx::query("insert into device values (?1, ?2)")
        .bind(event.member_no)
        .bind(&event.device)
        .execute(&mut **tx)
        .await?;
    if std::env::var_os("MEMBER_DEVICES_FAIL").is_some() {
        return Err("the devices are away".into());
    }
    Ok(())
}

#[subscriber(layer = internal, queue = "mail", concurrency = 2)]
async fn say_goodbye(_: &MemberLeft, delivery: Delivery) -> Result<(), Failure> {
    if std::env::var_os("MEMBER_GOODBYE_HANGS").is_some() {
        eprintln!("{} hangs", delivery.subscriber);
        std::future::pending::<()>().await;
    }
    Ok(())
}

#[subscriber(layer = external, ordering = none)]
async fn thank(_: &OrderPaidV2) -> Result<(), Failure> {
    Ok(())
}

/// A second subscriber of the name of the first, as a copy in another place would be.
struct RecordDeviceAgain;

impl Subscriber for RecordDeviceAgain {
    const DECLARATION: SubscriberDeclaration =
        SubscriberDeclaration { location: "src/copy.rs:7", ..record_device::DECLARATION };
}

fn app() -> Result<AppBuilder<Sqlite>, Error> {
    let builder = edafw::App::builder("member");
    Ok(match std::env::var("MEMBER_MISTAKE").as_deref() {
        Ok("two-of-one-name") => builder.subscriber::<RecordDeviceAgain>(),
        Ok("unprepared") => builder.on_connect(|_| async { Err("no table for members".into()) }),
        Ok("no-subscriber") => edafw::App::builder("mebmer"),
        Ok("no-application") => return Err(Error::configuration("MEMBER_MISTAKE is set")),
        _ => builder,
    })
}

edafw::worker!(app);
