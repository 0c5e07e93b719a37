//! The customers, and whoever writes the menu. They ask again until they are answered.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use hot_chocolate_kitchen::making::HOT_CHOCOLATE;
use hot_chocolate_menu::http::Price;
use hot_chocolate_order::http::NewOrder;
use hot_chocolate_order::orders::Order;
use processes::{Client, ClientError};
use reqwest::Method;

/// How many stand in the queue at a time.
const AT_A_TIME: usize = 4;

const TEA: &str = "mint tea";

/// Writes the menu.
///
/// # Errors
/// The menu refused a price, or never answered.
pub(crate) async fn write_menu(menu: &Client) -> Result<(), ClientError> {
    for (drink, price) in [("hot%20chocolate", 450), ("mint%20tea", 280)] {
        let _: Price = menu.ask(Method::PUT, &format!("/drinks/{drink}"), &Price { price }).await?;
    }
    Ok(())
}

/// Places the orders of these numbers: every fourth is for tea, the others for hot chocolate.
///
/// # Errors
/// An order was refused, or never answered.
pub(crate) async fn order(orders: &Client, numbers: std::ops::Range<i64>) -> Result<(), ClientError> {
    let numbers = stream::iter(numbers).map(async |number| {
        let drink = if number % 4 == 3 { TEA } else { HOT_CHOCOLATE };
        let new = NewOrder { drink: drink.to_owned() };
        // Not on the menu yet: the service has not heard of the price. The client asks again.
        let _: Order = orders.ask(Method::PUT, &format!("/orders/{number}"), &new).await?;
        Ok(())
    });
    numbers.buffer_unordered(AT_A_TIME).try_collect().await
}
