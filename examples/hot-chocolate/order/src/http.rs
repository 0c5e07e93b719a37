//! The orders over HTTP.
//!
//! | request | what |
//! |---|---|
//! | `PUT /orders/7` | orders: `{"drink": "tea"}`; may be repeated |
//! | `GET /orders/7` | what became of it |

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use axum::{Json, Router};
use edafw::{App, Sqlite};
use serde::{Deserialize, Serialize};

use crate::orders::{self, Order, OrderError};

/// What a customer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrder {
    /// A drink of the menu.
    pub drink: String,
}

/// What the service answers.
pub fn routes(app: App<Sqlite>) -> Router {
    Router::new().route("/orders/{order_no}", put(place).get(one)).with_state(app)
}

async fn place(
    State(app): State<App<Sqlite>>,
    Path(order_no): Path<i64>,
    Json(new): Json<NewOrder>,
) -> Result<Json<Order>, OrderError> {
    Ok(Json(orders::place(&app, order_no, &new.drink).await?))
}

async fn one(State(app): State<App<Sqlite>>, Path(order_no): Path<i64>) -> Result<Json<Order>, OrderError> {
    Ok(Json(orders::one(&app, order_no).await?))
}

impl IntoResponse for OrderError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Unknown(_) | Self::NotOnTheMenu(_) => StatusCode::NOT_FOUND,
            Self::Taken(_) => StatusCode::CONFLICT,
            Self::Event(_) | Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.to_string()).into_response()
    }
}
