//! The lane of a key under a receiver that has lost it.

use edafw_core::ErrorKind;

use super::fixture::{TestTransport, TransportFixture, bodies, receipts};

/// A receiver whose lease ended holds nothing of a key that somebody else has begun, not even the later
/// messages that the other one has not received yet: their effects would come before the first one's.
pub async fn is_lost_as_a_whole<F: TransportFixture>() {
    if !F::TRAITS.fences {
        return;
    }
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 a3").await;
    let lost = test.receive("shop.ship", 10).await;
    test.pass_lease().await;
    let held = test.receive("shop.ship", 1).await;
    assert_eq!(bodies(&held), "a1");
    for result in test.try_acknowledge(&lost).await {
        assert_eq!(result.expect_err("the key is somebody else's").kind(), ErrorKind::Fenced);
    }
    test.acknowledge(&held).await;
    assert_eq!(test.drain("shop.ship").await, ["a2", "a3"]);
}

/// A receiver that sent the first message of a key back holds nothing of the key any more.
pub async fn is_given_up_with_its_first_message<F: TransportFixture>() {
    if !F::TRAITS.fences {
        return;
    }
    for retries in [true, false] {
        let test = TestTransport::<F>::new(&["shop.ship"]).await;
        test.publish("a1 a2 a3").await;
        let delivered = test.receive("shop.ship", 10).await;
        if retries {
            test.transport.retry(&delivered[0].receipt, F::TRAITS.lease).await.unwrap();
        } else {
            test.transport.release(&receipts(&delivered[..1])).await.unwrap();
        }
        let results = test.try_acknowledge(&delivered[1..]).await;
        assert!(results.iter().all(Result::is_err), "a later one would overtake: {results:?}");
        test.fixture.check().await;
        test.pass_lease().await;
        assert_eq!(test.drain("shop.ship").await, ["a1", "a2", "a3"]);
    }
}

/// Lanes that empty and fill again, in every mixture, always have a first message.
pub async fn empties_and_fills<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.bill", "shop.ship"]).await;
    let mut expected = Vec::new();
    let mut seen = Vec::new();
    for round in 0..6 {
        for n in 0..round {
            let label = format!("a{round}{n}");
            test.publish(&label).await;
            expected.push(label);
        }
        let delivered = test.receive("shop.ship", round + 1).await;
        test.acknowledge(&delivered).await;
        seen.extend(delivered.iter().map(|one| one.body.to_string()));
        test.fixture.check().await;
    }
    seen.extend(test.drain("shop.ship").await);
    assert_eq!(seen, expected);
    assert_eq!(test.drain("shop.bill").await, expected);
}
