//! Leases: a message is somebody's for a time, and comes again afterwards.

use edafw_core::{ErrorKind, Receipt};

use super::fixture::{TestTransport, TransportFixture, bodies, receipts};

/// What is not acknowledged comes again after the lease, and the receives are counted.
pub async fn comes_again_after_the_lease<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 -2").await;
    for count in 1..=4 {
        let delivered = test.receive("shop.ship", 10).await;
        assert_eq!(bodies(&delivered), "a1 -2");
        assert_eq!(delivered.iter().map(|one| one.receive_count).collect::<Vec<_>>(), [count, count]);
        test.pass(F::TRAITS.lease.checked_sub(F::TRAITS.moment).unwrap()).await;
        assert_eq!(test.take("shop.ship", 10).await, "", "the lease has not ended");
        test.pass(F::TRAITS.moment).await;
    }
}

/// Acknowledging again is Ok and changes nothing.
pub async fn acknowledging_is_idempotent<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 -3").await;
    let delivered = test.receive("shop.ship", 10).await;
    for _ in 0..3 {
        test.acknowledge(&delivered[..1]).await;
    }
    test.acknowledge(&delivered).await;
    test.acknowledge(&delivered).await;
    test.pass_lease().await;
    assert_eq!(test.take("shop.ship", 10).await, "");
}

/// Results of one acknowledgement are in the order of its receipts.
pub async fn one_result_per_receipt<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 b2 c3").await;
    let lost = test.receive("shop.ship", 10).await;
    test.pass_lease().await;
    let held = test.receive("shop.ship", 10).await;
    if !F::TRAITS.fences {
        return;
    }
    let mixed = [lost[0].clone(), held[1].clone(), lost[2].clone(), held[1].clone(), held[0].clone()];
    let results = test.try_acknowledge(&mixed).await;
    let kinds: Vec<_> =
        results.iter().map(|result| result.as_ref().err().map(edafw_core::Error::kind)).collect();
    let fenced = Some(ErrorKind::Fenced);
    assert_eq!(kinds, [fenced, None, fenced, None, None]);
    test.pass_lease().await;
    assert_eq!(test.drain("shop.ship").await, ["c3"]);
}

/// Once somebody else holds a message, a late acknowledgement, release or retry of it changes nothing.
pub async fn a_lost_receipt_is_fenced<F: TransportFixture>() {
    if !F::TRAITS.fences {
        return;
    }
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 -3").await;
    let lost = test.receive("shop.ship", 10).await;
    test.pass_lease().await;
    let held = test.receive("shop.ship", 10).await;
    assert_eq!(bodies(&held), "a1 a2 -3");
    for result in test.try_acknowledge(&lost).await {
        assert_eq!(result.expect_err("somebody else holds it").kind(), ErrorKind::Fenced);
    }
    test.transport.release(&receipts(&lost)).await.unwrap();
    for one in &lost {
        test.transport.retry(&one.receipt, std::time::Duration::ZERO).await.unwrap();
    }
    assert_eq!(test.take("shop.ship", 10).await, "", "still held");
    test.acknowledge(&held).await;
    test.pass_lease().await;
    assert_eq!(test.take("shop.ship", 10).await, "", "acknowledged by its holder");
}

/// A lease that ended is not lost while nobody else has the message.
pub async fn late_but_not_lost<F: TransportFixture>() {
    if !F::TRAITS.keeps_late_receipts {
        return;
    }
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2 -3").await;
    let delivered = test.receive("shop.ship", 10).await;
    test.pass_lease().await;
    test.acknowledge(&delivered).await;
    assert_eq!(test.take("shop.ship", 10).await, "");
}

/// The rest of a batch has the lease that it was received with, no longer and no shorter, when the messages
/// before it are acknowledged.
pub async fn the_rest_of_a_batch_keeps_its_lease<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    test.publish("a1 a2").await;
    for lease in [F::TRAITS.lease / 2, F::TRAITS.lease * 2] {
        let delivered = test.transport.receive("shop.ship", 10, lease, F::TRAITS.wait).await.unwrap();
        assert_eq!(bodies(&delivered), "a1 a2");
        test.pass(lease / 2).await;
        test.acknowledge(&delivered[..1]).await;
        test.pass((lease / 2).checked_sub(F::TRAITS.moment).unwrap()).await;
        assert_eq!(test.take("shop.ship", 10).await, "", "a2 is in hand for {lease:?}");
        test.pass(F::TRAITS.moment).await;
        let again = test.receive("shop.ship", 10).await;
        assert_eq!(bodies(&again), "a2", "the lease of {lease:?} has ended");
        test.acknowledge(&again).await;
        test.publish("a1 a2").await;
    }
}

/// Extending lets a lease end later, for a whole batch of keys, followers included.
pub async fn extending_keeps_it<F: TransportFixture>() {
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let Some(power) = test.transport.extend_lease() else { return };
    test.publish("a1 a2 b3 -4").await;
    let delivered = test.receive("shop.ship", 10).await;
    for _ in 0..3 {
        test.pass(F::TRAITS.lease.checked_sub(F::TRAITS.moment * 2).unwrap()).await;
        let lost = power.extend(&receipts(&delivered), F::TRAITS.lease).await.unwrap();
        assert_eq!(lost, Vec::<Receipt>::new());
        test.pass(F::TRAITS.moment).await;
        assert_eq!(test.take("shop.ship", 10).await, "", "extended");
    }
    test.acknowledge(&delivered[..1]).await;
    test.pass(F::TRAITS.lease.checked_sub(F::TRAITS.moment * 2).unwrap()).await;
    assert_eq!(test.take("shop.ship", 10).await, "", "a2 was extended too");
    test.pass(F::TRAITS.moment).await;
    assert_eq!(test.take("shop.ship", 10).await, "a2 b3 -4");
}

/// Extending says what was lost to somebody else; what is gone is lost too.
pub async fn extending_reports_what_is_lost<F: TransportFixture>() {
    if !F::TRAITS.fences {
        return;
    }
    let test = TestTransport::<F>::new(&["shop.ship"]).await;
    let Some(power) = test.transport.extend_lease() else { return };
    test.publish("a1 a2 b3").await;
    let delivered = receipts(&test.receive("shop.ship", 10).await);
    test.pass_lease().await;
    let held = test.receive("shop.ship", 1).await;
    let lost = power.extend(&delivered, F::TRAITS.lease).await.unwrap();
    let taken = bodies(&held);
    let expected = if taken == "a1" { delivered[..2].to_vec() } else { delivered[2..].to_vec() };
    assert_eq!(lost, expected, "{taken} is with somebody else, and with it the key");
    test.acknowledge(&held).await;
    assert!(power.extend(&delivered, F::TRAITS.lease).await.unwrap().contains(&expected[0]));
}
