//! What `publish` answers and refuses.

use edafw::{ErrorKind, Publication, domain_event};

use crate::shop::{Ordered, Paid, order, start, stored};

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

#[domain_event(name = "shop.noted", key = about, idempotency_key = note)]
struct Noted {
    about: String,
    note: String,
}

#[tokio::test]
async fn a_key_that_no_database_can_keep_is_refused_at_publish() {
    let (harness, _) = start().await;
    let mut tx = harness.app().begin().await.unwrap();
    let long = "\u{1f36b}".repeat(edafw::KEY_CHARS);
    let kept = tx.publish(Noted { about: long.clone(), note: long.clone() }).await.unwrap();
    assert!(matches!(kept, Publication::New(_)));
    for (about, note, expected) in [
        (long.clone() + "!", "n".to_owned(), "the key of `Noted` has 513 characters; at most 512"),
        ("a".to_owned(), long.clone() + "!", "the idempotency key of `Noted` has 513 characters"),
        ("secret\0".to_owned(), "n".to_owned(), "the key of `Noted` holds the character U+0000"),
        ("a".to_owned(), "secret\0".to_owned(), "the idempotency key of `Noted` holds the character U+0000"),
    ] {
        let error = tx.publish(Noted { about, note }).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Payload);
        assert!(error.to_string().contains(expected), "{error}");
        assert!(!error.to_string().contains("secret"), "keys name people: {error}");
    }
    tx.commit().await.unwrap();
    assert_eq!(stored(&harness).await, ["shop.noted"]);
}
