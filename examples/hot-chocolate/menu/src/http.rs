//! The menu over HTTP: `PUT /drinks/tea` with `{"price": 250}`, and `GET /drinks`.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use edafw::{App, Sqlite};
use serde::{Deserialize, Serialize};

use crate::drinks::{self, Drink, MenuError};

/// What a drink is to cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// In cents; more than 0.
    pub price: i64,
}

/// What the menu answers.
pub fn routes(app: App<Sqlite>) -> Router {
    Router::new().route("/drinks", get(all)).route("/drinks/{drink}", put(price)).with_state(app)
}

async fn price(
    State(app): State<App<Sqlite>>,
    Path(drink): Path<String>,
    Json(Price { price }): Json<Price>,
) -> Result<Json<Price>, MenuError> {
    drinks::price(&app, &drink, price).await?;
    Ok(Json(Price { price }))
}

async fn all(State(app): State<App<Sqlite>>) -> Result<Json<Vec<Drink>>, MenuError> {
    Ok(Json(drinks::all(&app).await?))
}

impl IntoResponse for MenuError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Price(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Event(_) | Self::Database(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, self.to_string()).into_response()
    }
}
