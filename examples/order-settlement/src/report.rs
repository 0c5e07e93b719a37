//! What a run has come to.

use std::fmt::{self, Display};

use edafw::{App, DeadLetterFilter, DeliveryStore as _, EventStore as _, Sqlite};
use processes::{Directory, Failed, Report as _};
use settlement::lines::{Balance, balances};
use shop::orders::{Sales, sales};

/// Everything about a run.
#[derive(Debug)]
pub(crate) struct Report {
    directory: Directory,
    killed: Vec<&'static str>,
    sales: Vec<Sales>,
    balances: Vec<Balance>,
    notifications: i64,
    /// The shop's events, stored and published.
    events: (u64, u64),
    dead_letters: usize,
}

impl Report {
    /// Reads it from the databases of both services.
    ///
    /// # Errors
    /// A database cannot be read.
    pub(crate) async fn read(
        directory: Directory,
        killed: Vec<&'static str>,
        shop: &App<Sqlite>,
        settlement: &App<Sqlite>,
    ) -> Result<Self, Failed> {
        let counts = shop.store().counts().await?;
        let mut dead_letters = 0;
        for app in [shop, settlement] {
            dead_letters += app.store().dead_letters(&DeadLetterFilter::default()).await?.len();
        }
        Ok(Self {
            directory,
            killed,
            sales: sales(shop).await?,
            balances: balances(settlement).await.map_err(edafw::Failure::into_error)?,
            notifications: shop::notify::count(shop).await?,
            events: (counts.stored, counts.published),
            dead_letters,
        })
    }

    /// Merchants whose settlement does not equal their orders.
    fn differences(&self) -> usize {
        let settled = |merchant: &str| self.balances.iter().find(|balance| balance.merchant == merchant);
        let differs = |sales: &&Sales| {
            let (lines, amount) =
                settled(&sales.merchant).map_or((0, 0), |balance| (balance.lines, balance.amount));
            (lines, amount) != (sales.paid + sales.refunded, sales.amount)
        };
        let sold = |merchant: &str| self.sales.iter().any(|sales| sales.merchant == merchant);
        self.sales.iter().filter(differs).count()
            + self.balances.iter().filter(|balance| !sold(&balance.merchant)).count()
    }
}

impl processes::Report for Report {
    /// Whether the settlement equals the orders, and everybody was told what happened, once.
    fn holds(&self) -> bool {
        let acts: i64 = self.sales.iter().map(|sales| sales.paid + sales.refunded).sum();
        self.differences() == 0
            && self.notifications == acts
            && self.events.0 == self.events.1
            && self.dead_letters == 0
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |of: fn(&Sales) -> i64| self.sales.iter().map(of).sum::<i64>();
        writeln!(f, "Data    {}", self.directory.path().display())?;
        match &self.killed[..] {
            [] => writeln!(f, "Killed  nobody")?,
            killed => writeln!(f, "Killed  {}: {}", killed.len(), killed.join(", "))?,
        }
        writeln!(
            f,
            "Orders  {} paid, {} of them refunded",
            sum(|sales| sales.paid),
            sum(|sales| sales.refunded)
        )?;
        writeln!(f, "Told    {} notifications", self.notifications)?;
        writeln!(
            f,
            "Events  {} stored, {} published, {} dead letters",
            self.events.0, self.events.1, self.dead_letters
        )?;
        writeln!(
            f,
            "\n{:<12} {:>6} {:>9} {:>12} {:>7} {:>12}",
            "Merchant", "paid", "refunded", "sales", "lines", "settled"
        )?;
        for Sales { merchant, paid, refunded, amount } in &self.sales {
            let balance = self.balances.iter().find(|balance| balance.merchant == *merchant);
            let (lines, settled) = balance.map_or((0, 0), |balance| (balance.lines, balance.amount));
            writeln!(
                f,
                "{merchant:<12} {paid:>6} {refunded:>9} {:>12} {lines:>7} {:>12}",
                euros(*amount),
                euros(settled)
            )?;
        }
        match (self.differences(), self.holds()) {
            (0, true) => writeln!(f, "\nThe settlement equals the orders."),
            (0, false) => writeln!(f, "\nBROKEN: something was not delivered, or twice."),
            (merchants, _) => {
                writeln!(f, "\nBROKEN: the settlement of {merchants} merchants does not equal their orders.")
            }
        }
    }
}

fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}
