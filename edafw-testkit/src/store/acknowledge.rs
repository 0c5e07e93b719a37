//! Messages of an embedded queue, acknowledged in the subscriber's own transaction.

use std::sync::Arc;

use edafw_core::{Backend, Delivered, Destination, ErrorKind, Receipt, Transaction, Transport};

use super::fixture::{LEASE, StoreFixture, TestStore};
use super::inbox::{entry, states};
use crate::transport::fixture::{TOPIC, bodies, messages, queue, receipts, topology};

const QUEUE: &str = "shop.ship";

async fn embedded<F: StoreFixture>(test: &TestStore<F>, labels: &str) -> Arc<dyn Transport> {
    let transport = F::Backend::embedded_transport(&test.store);
    let provision = transport.provision().expect("embedded queues are tables");
    provision.apply(&topology(vec![queue(QUEUE, &[None])])).await.unwrap();
    let sent = transport.publish(&Destination::Topic(TOPIC.to_owned()), &messages(labels)).await.unwrap();
    assert!(sent.iter().all(Result::is_ok));
    transport
}

async fn receive(transport: &dyn Transport, max: usize) -> Vec<Delivered> {
    transport.receive(QUEUE, max, LEASE, std::time::Duration::ZERO).await.unwrap()
}

async fn handle<F: StoreFixture>(
    test: &TestStore<F>,
    act: &str,
    receipts: &[Receipt],
    commits: bool,
) -> Result<(), ErrorKind> {
    let mut tx = test.begin().await;
    tx.record(&[entry("ship", act)]).await.unwrap();
    if let Err(error) = tx.acknowledge(receipts).await {
        tx.rollback().await;
        return Err(error.kind());
    }
    tx.prepare_commit(&[]).await.unwrap();
    if commits {
        tx.commit(false).await.unwrap();
    } else {
        tx.rollback().await;
    }
    Ok(())
}

/// The message is gone with the commit, and with nothing else; the next of its key follows.
pub async fn gone_with_the_commit<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let transport = embedded(&test, "a1 a2 -3").await;
    assert_eq!(F::Backend::embedded_transport(&test.store).identity(), transport.identity());
    let held = receive(&*transport, 10).await;
    assert_eq!(bodies(&held), "a1 a2 -3");
    assert_eq!(handle(&test, "1", &receipts(&held), false).await, Ok(()));
    test.clock.advance(LEASE);
    let held = receive(&*transport, 1).await;
    assert_eq!(bodies(&held), "a1", "rolled back, it comes again");
    assert_eq!(handle(&test, "1", &receipts(&held), true).await, Ok(()));
    assert_eq!(bodies(&receive(&*transport, 10).await), "a2 -3");
}

/// Where somebody else has the message, the transaction learns it before its commit: the effect of the one
/// who is late does not take place.
pub async fn fenced_where_it_was_lost<F: StoreFixture>() {
    let test = TestStore::<F>::new().await;
    let transport = embedded(&test, "a1 a2").await;
    let lost = receipts(&receive(&*transport, 10).await);
    test.clock.advance(LEASE);
    let held = receipts(&receive(&*transport, 1).await);
    assert_eq!(handle(&test, "late 1", &lost[..1], true).await, Err(ErrorKind::Fenced));
    assert_eq!(
        handle(&test, "late 2", &lost[1..], true).await,
        Err(ErrorKind::Fenced),
        "the key is lost with it"
    );
    assert_eq!(states(&*test.store, &[entry("ship", "late 1"), entry("ship", "late 2")]).await, "new new");
    assert_eq!(handle(&test, "1", &held, true).await, Ok(()));
    assert_eq!(
        handle(&test, "again", &held, true).await,
        Err(ErrorKind::Fenced),
        "handled by another attempt"
    );
    assert_eq!(bodies(&receive(&*transport, 10).await), "a2");
}
