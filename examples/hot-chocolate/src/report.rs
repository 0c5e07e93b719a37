//! What a run has come to.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use edafw::{DeadLetterFilter, DeliveryStore as _, EventStore as _, Failure};
use hot_chocolate_counter::serving::served;
use hot_chocolate_kitchen::making::{HOT_CHOCOLATE, Kitchen, RECIPE};
use hot_chocolate_menu::drinks::{self, Drink};
use hot_chocolate_order::orders::{self, Order};
use hot_chocolate_payment::payments::entries;
use processes::{Directory, Failed};

use crate::services::Services;

/// What five databases say.
#[derive(Debug)]
pub(crate) struct Report {
    directory: Directory,
    killed: Vec<&'static str>,
    orders: Vec<Order>,
    /// What was charged for an order, and given back if negative.
    entries: Vec<(i64, i64)>,
    kitchen: Kitchen,
    /// Orders and drinks.
    served: Vec<(i64, String)>,
    menu: Vec<Drink>,
    /// Of all services, stored and published.
    events: (u64, u64),
    dead_letters: usize,
}

/// How an order has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Served,
    Refunded,
    /// Neither, or both, or something halfway.
    Neither,
}

impl Report {
    /// Reads it from the databases of all services.
    ///
    /// # Errors
    /// A database cannot be read.
    pub(crate) async fn read(
        directory: Directory,
        killed: Vec<&'static str>,
        services: &Services,
    ) -> Result<Self, Failed> {
        let mut events = (0, 0);
        let mut dead_letters = 0;
        for app in services.all() {
            let counts = app.store().counts().await?;
            events = (events.0 + counts.stored, events.1 + counts.published);
            dead_letters += app.store().dead_letters(&DeadLetterFilter::default()).await?.len();
        }
        Ok(Self {
            directory,
            killed,
            orders: orders::all(&services.order).await?,
            entries: entries(&services.payment).await.map_err(Failure::into_error)?,
            kitchen: Kitchen::look(&services.kitchen).await.map_err(Failure::into_error)?,
            served: served(&services.counter).await.map_err(Failure::into_error)?,
            menu: drinks::all(&services.menu).await?,
            events,
            dead_letters,
        })
    }

    /// How an order has ended, for which all services have to agree.
    fn end(&self, order: &Order) -> End {
        let number = order.order_no;
        let of_order = |list: &[(i64, String)]| {
            list.iter()
                .filter(|(made, _)| *made == number)
                .map(|(_, drink)| drink.clone())
                .collect::<Vec<_>>()
        };
        let (made, served) = (of_order(&self.kitchen.made), of_order(&self.served));
        let paid: Vec<i64> =
            self.entries.iter().filter(|(of, _)| *of == number).map(|(_, amount)| *amount).collect();
        let (price, drink) = (order.price, std::slice::from_ref(&order.drink));
        match (order.served, order.cancelled, order.refunded) {
            (true, false, 0) if made == drink && served == drink && paid == [price] => End::Served,
            (false, true, refunded)
                if refunded == price && made.is_empty() && served.is_empty() && paid == [price, -price] =>
            {
                End::Refunded
            }
            _ => End::Neither,
        }
    }

    /// What does not add up.
    fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        for order in self.orders.iter().filter(|order| self.end(order) == End::Neither) {
            mistakes.push(format!("order {} was neither served nor refunded: {order:?}", order.order_no));
        }
        let chocolates = self.kitchen.made.iter().filter(|(_, drink)| drink == HOT_CHOCOLATE).count() as i64;
        let Kitchen { chocolate_at_first, chocolate, .. } = self.kitchen;
        if chocolate < 0 || chocolate_at_first - chocolates * RECIPE != chocolate {
            mistakes.push(format!("{chocolate} g of chocolate are left after {chocolates} hot chocolates"));
        }
        let (money, sold) = (self.money(), self.sold());
        if money != sold {
            mistakes.push(format!("{} in the till for drinks of {}", euros(money), euros(sold)));
        }
        let (stored, published) = self.events;
        if stored != published || self.dead_letters > 0 {
            mistakes.push(format!(
                "{} events unpublished, {} dead letters",
                stored - published,
                self.dead_letters
            ));
        }
        mistakes
    }

    /// What is in the till.
    fn money(&self) -> i64 {
        self.entries.iter().map(|(_, amount)| amount).sum()
    }

    /// What the drinks cost that were served.
    fn sold(&self) -> i64 {
        self.orders.iter().filter(|order| order.served).map(|order| order.price).sum()
    }
}

impl processes::Report for Report {
    /// Whether every order was served or refunded, and everything adds up.
    fn holds(&self) -> bool {
        self.mistakes().is_empty()
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Data       {}", self.directory.path().display())?;
        match &self.killed[..] {
            [] => writeln!(f, "Killed     nobody")?,
            killed => writeln!(f, "Killed     {}: {}", killed.len(), killed.join(", "))?,
        }
        writeln!(
            f,
            "Events     {} stored, {} published, {} dead letters",
            self.events.0, self.events.1, self.dead_letters
        )?;
        writeln!(
            f,
            "Chocolate  {} g of {} g are left",
            self.kitchen.chocolate, self.kitchen.chocolate_at_first
        )?;
        writeln!(f, "Till       {}, for drinks of {}", euros(self.money()), euros(self.sold()))?;
        writeln!(f, "\n{:<14} {:>7} {:>7} {:>9}  menu", "Drink", "ordered", "served", "refunded")?;
        let mut ends: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
        for order in &self.orders {
            let counts = ends.entry(&order.drink).or_default();
            counts[0] += 1;
            match self.end(order) {
                End::Served => counts[1] += 1,
                End::Refunded => counts[2] += 1,
                End::Neither => {}
            }
        }
        for (drink, [ordered, served, refunded]) in ends {
            let sold_out = self.menu.iter().any(|line| line.drink == drink && line.sold_out);
            let menu = if sold_out { "sold out" } else { "on sale" };
            writeln!(f, "{drink:<14} {ordered:>7} {served:>7} {refunded:>9}  {menu}")?;
        }
        let mistakes = self.mistakes();
        if mistakes.is_empty() {
            return writeln!(f, "\nEvery order was served or refunded.");
        }
        writeln!(f)?;
        mistakes.iter().try_for_each(|mistake| writeln!(f, "BROKEN: {mistake}"))
    }
}

fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}
