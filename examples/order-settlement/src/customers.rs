//! The customers: they order, pay, and have some orders refunded, and ask again until they are answered.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use processes::{Client, ClientError};
use reqwest::Method;
use shop::orders::{NewOrder, Order};

/// How many are in the shop at a time.
const AT_A_TIME: usize = 4;

const MERCHANTS: [&str; 4] = ["Bakery", "Bookshop", "Florist", "Greengrocer"];

/// Places the orders of these numbers. Every tenth is never paid, and every eighth of the others refunded.
///
/// # Errors
/// The shop refused an order, or never answered.
pub(crate) async fn order(shop: &Client, numbers: std::ops::Range<i64>) -> Result<(), ClientError> {
    let orders = stream::iter(numbers).map(|number| one_order(shop, number));
    orders.buffer_unordered(AT_A_TIME).try_collect().await
}

async fn one_order(shop: &Client, number: i64) -> Result<(), ClientError> {
    let path = format!("/orders/{number}");
    let new = NewOrder {
        customer: format!("Customer {}", number % 25),
        merchant: MERCHANTS[number as usize % MERCHANTS.len()].to_owned(),
        amount: 100 + number * 37 % 900,
    };
    let _: Order = shop.ask(Method::PUT, &path, &new).await?;
    if number % 10 == 9 {
        return Ok(());
    }
    let _: Order = shop.ask(Method::PUT, &format!("{path}/payment"), &()).await?;
    if number % 8 == 5 {
        let _: Order = shop.ask(Method::PUT, &format!("{path}/refund"), &()).await?;
    }
    Ok(())
}
