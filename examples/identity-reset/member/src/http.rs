//! The member service over HTTP.
//!
//! | request | what |
//! |---|---|
//! | `POST /members` | signs a member up: `{"name": "Ada"}` |
//! | `GET /members/7` | member 7 as it is at present |
//! | `PUT /members/7/verification` | verifies the identity |
//! | `DELETE /members/7/verification` | resets the verification |
//!
//! Each answers the member. All but the first may be repeated: a second time it changes nothing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use edafw::{App, Sqlite};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::members::{self, Member, MemberError};

/// Who wants to be a member.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// The name.
    pub name: String,
}

/// What the service answers.
pub fn routes(app: App<Sqlite>) -> Router {
    Router::new()
        .route("/members", post(sign_up))
        .route("/members/{member_no}", get(member))
        .route("/members/{member_no}/verification", put(verify).delete(reset))
        .with_state(app)
}

type Answer = Result<Json<Member>, MemberError>;

async fn sign_up(
    State(app): State<App<Sqlite>>,
    Json(new): Json<NewMember>,
) -> Result<(StatusCode, Json<Member>), MemberError> {
    Ok((StatusCode::CREATED, Json(members::sign_up(&app, &new.name).await?)))
}

async fn member(State(app): State<App<Sqlite>>, Path(member_no): Path<i64>) -> Answer {
    Ok(Json(members::member(&app, member_no).await?))
}

async fn verify(State(app): State<App<Sqlite>>, Path(member_no): Path<i64>) -> Answer {
    Ok(Json(members::verify(&app, member_no).await?))
}

async fn reset(State(app): State<App<Sqlite>>, Path(member_no): Path<i64>) -> Answer {
    Ok(Json(members::reset(&app, member_no).await?))
}

impl IntoResponse for MemberError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::Name(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Event(_) | Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
