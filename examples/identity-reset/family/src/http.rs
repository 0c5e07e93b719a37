//! The family-account service over HTTP.
//!
//! | request | what |
//! |---|---|
//! | `GET /families/3` | who belongs to family 3 |
//! | `PUT /families/3/members/7` | has member 7 join it |
//! | `DELETE /families/3/members/7` | has member 7 leave it |
//!
//! Each answers the family, and may be repeated: a second time it changes nothing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use edafw::App;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::database::Database;
use crate::families::{self, FamilyError};
use crate::member_service::MemberService;

/// A family.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// The number.
    pub family_no: i64,
    /// The numbers of its members, the smallest first.
    pub members: Vec<i64>,
}

#[derive(Debug, Clone)]
struct Service {
    app: App<Database>,
    members: MemberService,
}

/// What the service answers; it asks `members` whether somebody may join.
pub fn routes(app: App<Database>, members: MemberService) -> Router {
    Router::new()
        .route("/families/{family_no}", get(family))
        .route("/families/{family_no}/members/{member_no}", put(join).delete(leave))
        .with_state(Service { app, members })
}

async fn family(
    State(service): State<Service>,
    Path(family_no): Path<i64>,
) -> Result<Json<Family>, FamilyError> {
    Ok(Json(Family { family_no, members: families::members(&service.app, family_no).await? }))
}

async fn join(
    State(service): State<Service>,
    Path((family_no, member_no)): Path<(i64, i64)>,
) -> Result<Json<Family>, FamilyError> {
    families::join(&service.app, &service.members, family_no, member_no).await?;
    family(State(service), Path(family_no)).await
}

async fn leave(
    State(service): State<Service>,
    Path((family_no, member_no)): Path<(i64, i64)>,
) -> Result<Json<Family>, FamilyError> {
    families::leave(&service.app, family_no, member_no).await?;
    family(State(service), Path(family_no)).await
}

impl IntoResponse for FamilyError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Unknown(_) => StatusCode::NOT_FOUND,
            Self::NotVerified(_) | Self::Elsewhere { .. } | Self::Overtaken(_) => StatusCode::CONFLICT,
            Self::NoAnswer(_) | Self::Event(_) | Self::Database(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, Json(json!({ "error": self.to_string() }))).into_response()
    }
}
