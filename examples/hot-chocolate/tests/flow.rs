//! All five services in one process, with a clock that stands still: what follows from an order, step by step.

use std::sync::Arc;

use edafw::testing::Harness;
use edafw::{AppBuilder, Channel, EventStore as _, ManualClock, Sqlite, StoredEvent};
use hot_chocolate_counter::serving::served;
use hot_chocolate_kitchen::making::Kitchen;
use hot_chocolate_order::orders::{self, Order};
use hot_chocolate_payment::payments::entries;

/// The services; the queues between them are in the menu's database.
struct Street {
    menu: Harness<Sqlite>,
    order: Harness<Sqlite>,
    payment: Harness<Sqlite>,
    kitchen: Harness<Sqlite>,
    counter: Harness<Sqlite>,
}

impl Street {
    /// With so many grams of chocolate, and two drinks on the menu.
    async fn open(chocolate: u32) -> Self {
        let clock = Arc::new(ManualClock::default());
        let menu = Harness::start_with_clock(hot_chocolate_menu::app(), Arc::clone(&clock)).await.unwrap();
        let queues = Arc::clone(menu.app().transport(Channel::External));
        let start = async |builder: AppBuilder<Sqlite>| {
            let builder = builder.external_transport(Arc::clone(&queues));
            Harness::start_with_clock(builder, Arc::clone(&clock)).await.unwrap()
        };
        let order = start(hot_chocolate_order::app()).await;
        let payment = start(hot_chocolate_payment::app()).await;
        let kitchen = start(hot_chocolate_kitchen::with(chocolate)).await;
        let counter = start(hot_chocolate_counter::app()).await;
        let street = Self { menu, order, payment, kitchen, counter };
        for (drink, price) in [("hot chocolate", 450), ("mint tea", 280)] {
            hot_chocolate_menu::drinks::price(street.menu.app(), drink, price).await.unwrap();
        }
        street.finish().await;
        street
    }

    fn all(&self) -> [&Harness<Sqlite>; 5] {
        [&self.menu, &self.order, &self.payment, &self.kitchen, &self.counter]
    }

    async fn place(&self, order_no: i64, drink: &str) {
        orders::place(self.order.app(), order_no, drink).await.unwrap();
    }

    /// Runs all services until no event follows any more. Twice round: what the last one sends, the first one handles.
    async fn finish(&self) {
        loop {
            let before = self.stored().await;
            for service in self.all().into_iter().chain(self.all()) {
                service.run_until_idle().await.unwrap();
            }
            if self.stored().await == before {
                return;
            }
        }
    }

    async fn stored(&self) -> u64 {
        let mut stored = 0;
        for service in self.all() {
            stored += service.app().store().counts().await.unwrap().stored;
        }
        stored
    }

    async fn order(&self, order_no: i64) -> Order {
        orders::one(self.order.app(), order_no).await.unwrap()
    }

    async fn entries(&self) -> Vec<(i64, i64)> {
        entries(self.payment.app()).await.unwrap()
    }
}

/// The domain events of a service about an order.
async fn facts(service: &Harness<Sqlite>, order_no: i64) -> Vec<StoredEvent> {
    let events = service.events().await.unwrap();
    let key = order_no.to_string();
    let of_order =
        |event: &StoredEvent| event.channel == Channel::Internal && event.envelope.key == Some(key.clone());
    events.into_iter().filter(of_order).collect()
}

#[tokio::test]
async fn a_drink_is_ordered_paid_made_and_served() {
    let street = Street::open(100).await;
    street.place(1, "hot chocolate").await;
    street.finish().await;
    let order = street.order(1).await;
    assert!(order.served && !order.cancelled && order.refunded == 0, "{order:?}");
    assert_eq!(street.entries().await, [(1, 450)]);
    assert_eq!(served(street.counter.app()).await.unwrap(), [(1, "hot chocolate".to_owned())]);
    assert_eq!(Kitchen::look(street.kitchen.app()).await.unwrap().chocolate, 75);

    let flow = facts(&street.order, 1).await[0].envelope.correlation_id;
    for (service, name) in [
        (&street.payment, "payment.charged"),
        (&street.kitchen, "kitchen.drink-made"),
        (&street.counter, "counter.drink-served"),
    ] {
        let facts = facts(service, 1).await;
        let told: Vec<_> =
            facts.iter().map(|fact| (&*fact.envelope.name, fact.envelope.correlation_id)).collect();
        assert_eq!(told, [(name, flow)]);
    }
}

#[tokio::test]
async fn without_chocolate_each_service_takes_back_its_own_step() {
    let street = Street::open(25).await;
    street.place(1, "hot chocolate").await;
    street.finish().await;
    street.place(2, "hot chocolate").await;
    street.place(3, "mint tea").await;
    street.finish().await;

    let [first, second, third] = [street.order(1).await, street.order(2).await, street.order(3).await];
    assert!(first.served && third.served, "{first:?} {third:?}");
    assert!(!second.served && second.cancelled && second.refunded == 450, "{second:?}");
    assert_eq!(street.entries().await, [(1, 450), (2, 450), (3, 280), (2, -450)]);
    let failed = &facts(&street.kitchen, 2).await[0].envelope;
    assert_eq!(failed.name, "kitchen.making-failed");
    assert!(failed.data.get().contains("the kitchen is out of chocolate"), "{:?}", failed.data);
    let report = street.kitchen.report().await.unwrap();
    assert_eq!((report.deliveries["make"].retries, report.dead_letters.len()), (4, 0));
    let menu = hot_chocolate_menu::drinks::all(street.menu.app()).await.unwrap();
    assert_eq!(menu.iter().map(|line| line.sold_out).collect::<Vec<_>>(), [true, false]);
}

#[tokio::test]
async fn chocolate_that_comes_before_the_last_attempt_is_used() {
    let street = Street::open(0).await;
    street.place(1, "hot chocolate").await;
    for service in [&street.order, &street.payment] {
        service.run_until_idle().await.unwrap();
    }
    let report = street.kitchen.run().await.unwrap();
    assert_eq!(report.deliveries["make"].retries, 1);

    let mut tx = street.kitchen.app().begin().await.unwrap();
    sqlx::query("update chocolate set at_first = 25, grams = 25").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    street.finish().await;
    let order = street.order(1).await;
    assert!(order.served && !order.cancelled, "{order:?}");
    assert_eq!(street.entries().await, [(1, 450)]);
}

#[tokio::test]
async fn a_failure_that_is_told_twice_is_taken_back_once() {
    let street = Street::open(0).await;
    street.place(1, "hot chocolate").await;
    street.finish().await;
    let told = street.kitchen.events().await.unwrap();
    let told = told.iter().find(|event| event.channel == Channel::External).unwrap();
    assert_eq!(told.envelope.name, "kitchen.making-failed");
    assert!(street.kitchen.app().store().republish_event(told.envelope.id).await.unwrap());
    street.finish().await;
    assert_eq!(street.payment.report().await.unwrap().deliveries["refund"].duplicates, 1);
    assert_eq!(street.entries().await, [(1, 450), (1, -450)]);
    assert_eq!(street.order(1).await.refunded, 450);
}
