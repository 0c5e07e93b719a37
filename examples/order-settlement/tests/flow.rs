//! Both systems in one process, with a clock that stands still.

use std::sync::Arc;

use edafw::testing::Harness;
use edafw::{Channel, Sqlite};
use settlement::lines::{Balance, balances};
use shop::orders::{self, NewOrder, OrderError};

/// The shop, and the settlement, in whose database the queue between them is.
async fn open() -> (Harness<Sqlite>, Harness<Sqlite>) {
    let settlement = Harness::start(settlement::app()).await.unwrap();
    let queues = Arc::clone(settlement.app().transport(Channel::External));
    let shop = Harness::start(shop::app().external_transport(queues)).await.unwrap();
    let order = NewOrder { customer: "Ada".into(), merchant: "Bakery".into(), amount: 450 };
    orders::place(shop.app(), 7, order).await.unwrap();
    (shop, settlement)
}

async fn notifications(shop: &Harness<Sqlite>) -> Vec<String> {
    let mut tx = shop.app().begin().await.unwrap();
    let texts = sqlx::query_scalar("select text from notification order by id");
    let texts = texts.fetch_all(&mut *tx).await.unwrap();
    tx.rollback().await;
    texts
}

#[tokio::test]
async fn a_request_that_is_repeated_changes_nothing() {
    let (shop, settlement) = open().await;
    for _ in 0..2 {
        assert_eq!(orders::pay(shop.app(), 7).await.unwrap().state, "paid");
    }
    for _ in 0..2 {
        assert_eq!(orders::refund(shop.app(), 7).await.unwrap().state, "refunded");
    }
    shop.run_until_idle().await.unwrap();
    let report = settlement.run_until_idle().await.unwrap();
    assert_eq!(report.deliveries["settle_refund"].retries, 0, "the refund came before the payment");
    let bakery = Balance { merchant: "Bakery".into(), lines: 2, amount: 0 };
    assert_eq!(balances(settlement.app()).await.unwrap(), [bakery]);
    let told = ["Bakery has your payment of 450 cents.", "Bakery has sent back your 450 cents."];
    assert_eq!(notifications(&shop).await, told);
}

#[tokio::test]
async fn what_the_shop_refuses_is_announced_to_nobody() {
    let (shop, settlement) = open().await;
    assert!(matches!(orders::refund(shop.app(), 7).await, Err(OrderError::NotPaid(7))));
    assert!(matches!(orders::pay(shop.app(), 8).await, Err(OrderError::Unknown(8))));
    let free = NewOrder { customer: "Ada".into(), merchant: "Bakery".into(), amount: 0 };
    assert!(matches!(orders::place(shop.app(), 8, free).await, Err(OrderError::Amount(0))));
    let another = NewOrder { customer: "Bram".into(), merchant: "Bakery".into(), amount: 450 };
    assert!(matches!(orders::place(shop.app(), 7, another).await, Err(OrderError::Taken(7))));
    shop.run_until_idle().await.unwrap();
    assert!(shop.events().await.unwrap().is_empty());
    assert_eq!(balances(settlement.app()).await.unwrap(), []);
}

#[tokio::test]
async fn the_customer_is_nobody_elses_business() {
    let (shop, _settlement) = open().await;
    orders::pay(shop.app(), 7).await.unwrap();
    shop.run_until_idle().await.unwrap();
    let events = shop.events().await.unwrap();
    let contract = events.iter().find(|event| event.channel == Channel::External).unwrap();
    assert!(!contract.envelope.to_json().contains("Ada"));
}
