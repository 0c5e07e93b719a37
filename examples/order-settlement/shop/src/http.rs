//! The shop over HTTP.
//!
//! | request | what |
//! |---|---|
//! | `PUT /orders/7` | places order 7: `{"customer": "Ada", "merchant": "Bakery", "amount": 450}` |
//! | `PUT /orders/7/payment` | has it paid |
//! | `PUT /orders/7/refund` | refunds it |
//!
//! Each answers the order, and may be repeated: a second time it changes nothing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use edafw::{App, Sqlite};

use crate::orders::{self, NewOrder, Order, OrderError};

/// What the shop answers.
pub fn routes(app: App<Sqlite>) -> Router {
    Router::new()
        .route("/orders/{order_no}", put(place))
        .route("/orders/{order_no}/payment", put(pay))
        .route("/orders/{order_no}/refund", put(refund))
        .with_state(app)
}

async fn place(
    State(app): State<App<Sqlite>>,
    Path(order_no): Path<i64>,
    Json(new): Json<NewOrder>,
) -> Result<Json<Order>, OrderError> {
    Ok(Json(orders::place(&app, order_no, new).await?))
}

async fn pay(State(app): State<App<Sqlite>>, Path(order_no): Path<i64>) -> Result<Json<Order>, OrderError> {
    Ok(Json(orders::pay(&app, order_no).await?))
}

async fn refund(
    State(app): State<App<Sqlite>>,
    Path(order_no): Path<i64>,
) -> Result<Json<Order>, OrderError> {
    Ok(Json(orders::refund(&app, order_no).await?))
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Amount(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Taken(_) | Self::NotPaid(_) => StatusCode::CONFLICT,
            Self::Event(_) | Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.to_string()).into_response()
    }
}
