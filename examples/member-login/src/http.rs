//! How members reach the service.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use edafw::{App, Sqlite};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::acts::{self, ActError};
use crate::sql;

/// The number of a new account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedUp {
    /// It.
    pub member_no: i64,
}

/// The number of a new session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoggedIn {
    /// It.
    pub session_no: i64,
}

/// Who wants to have an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// Devices on which the member may be logged in at the same time.
    pub log_in_limit: i64,
}

/// Who wants to log in, and where.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    /// Who.
    pub member_no: i64,
    /// Where.
    pub device: String,
}

/// A member's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its number.
    pub member_no: i64,
    /// Where the member is logged in: the oldest session first.
    pub sessions: Vec<Session>,
    /// The devices that were recorded, by name.
    pub devices: Vec<Device>,
    /// What the member was told, in that order.
    pub notices: Vec<String>,
}

/// A time of being logged in, which has not ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its number; later sessions have greater ones.
    pub session_no: i64,
    /// Where.
    pub device: String,
}

/// A device that a member has used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its name.
    pub device: String,
    /// How often the member has logged in on it.
    pub log_ins: i64,
}

/// What the service answers to.
///
/// | request | body | answer |
/// |---|---|---|
/// | `POST /members` | [`SignUp`] | 201 and [`SignedUp`] |
/// | `GET /members/{member_no}` | | 200 and [`Member`] |
/// | `POST /sessions` | [`LogIn`] | 201 and [`LoggedIn`] |
/// | `DELETE /sessions/{session_no}` | | 204 |
///
/// Otherwise 403 where the account is suspended, 404 where there is no such member or session, 422 where the
/// body cannot be used, 503 where the database failed; with an `error` in words.
pub fn routes(app: App<Sqlite>) -> Router {
    Router::new()
        .route("/members", post(sign_up))
        .route("/members/{member_no}", get(member))
        .route("/sessions", post(log_in))
        .route("/sessions/{session_no}", delete(log_out))
        .with_state(app)
}

async fn sign_up(State(app): State<App<Sqlite>>, Json(body): Json<SignUp>) -> Result<Response, ActError> {
    let member_no = acts::sign_up(&app, body.log_in_limit).await?;
    Ok((StatusCode::CREATED, Json(SignedUp { member_no })).into_response())
}

async fn log_in(State(app): State<App<Sqlite>>, Json(body): Json<LogIn>) -> Result<Response, ActError> {
    let session_no = acts::log_in(&app, body.member_no, &body.device).await?;
    Ok((StatusCode::CREATED, Json(LoggedIn { session_no })).into_response())
}

async fn log_out(
    State(app): State<App<Sqlite>>,
    Path(session_no): Path<i64>,
) -> Result<StatusCode, ActError> {
    acts::log_out(&app, session_no).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn member(
    State(app): State<App<Sqlite>>,
    Path(member_no): Path<i64>,
) -> Result<Json<Member>, ActError> {
    let mut tx = app.begin().await?;
    let limit: Option<i64> =
        sqlx::query_scalar(sql!("log_in_limit")).bind(member_no).fetch_optional(&mut *tx).await?;
    let sessions: Vec<(i64, String)> =
        sqlx::query_as(sql!("open_sessions")).bind(member_no).fetch_all(&mut *tx).await?;
    let devices: Vec<(String, i64)> =
        sqlx::query_as(sql!("devices")).bind(member_no).fetch_all(&mut *tx).await?;
    let notices = sqlx::query_scalar(sql!("notices")).bind(member_no).fetch_all(&mut *tx).await?;
    tx.rollback().await;
    limit.ok_or(ActError::NoMember(member_no))?;
    Ok(Json(Member {
        member_no,
        sessions: sessions.into_iter().map(|(session_no, device)| Session { session_no, device }).collect(),
        devices: devices.into_iter().map(|(device, log_ins)| Device { device, log_ins }).collect(),
        notices,
    }))
}

impl IntoResponse for ActError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::NoMember(_) | Self::NoSession(_) => StatusCode::NOT_FOUND,
            Self::Device(_) | Self::Limit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Suspended(_) => StatusCode::FORBIDDEN,
            Self::Publish(_) | Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
