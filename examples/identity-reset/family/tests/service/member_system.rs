//! The member system, played by the tests: it announces resets, and answers questions. It shares no code with the
//! family-account service, only the contract.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use edafw::testing::Harness;
use edafw::{App, Channel, Failure, Sqlite, domain_event, external_event};
use family::member_service::MemberService;
use serde_json::json;

#[domain_event(name = "member.identity-reset", key = member_no)]
struct IdentityReset {
    member_no: i64,
}

#[external_event(name = "member.identity-reset", version = 1, of = IdentityReset, zero_payload)]
struct IdentityResetV1 {
    member_no: i64,
}

/// What the member system answers, by member: whether the identity is verified, and the number of the last
/// verification. `None` while it has trouble.
type Answers = Arc<Mutex<Option<BTreeMap<i64, (bool, i64)>>>>;

/// Both systems.
pub(crate) struct Systems {
    pub(crate) family: Harness<Sqlite>,
    pub(crate) members: MemberService,
    member: Harness<Sqlite>,
    answers: Answers,
    /// How often the member system was asked.
    asked: Arc<Mutex<u32>>,
}

impl Systems {
    pub(crate) async fn start() -> Result<Self, Failure> {
        let (answers, asked) = (Answers::default(), Arc::<Mutex<u32>>::default());
        *answers.lock().unwrap() = Some(BTreeMap::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let members = MemberService::new(&format!("http://{}", listener.local_addr()?))?;
        let routes = Router::new().route("/members/{member_no}", get(member));
        let routes = routes.with_state((Arc::clone(&answers), Arc::clone(&asked)));
        let server = axum::serve(listener, routes);
        tokio::spawn(async move { server.await });
        let family = Harness::start(family::app_with(members.clone())).await?;
        // Events travel through the family-account service's database.
        let channel = Arc::clone(family.app().transport(Channel::External));
        let member = Harness::start(App::builder("member").external_transport(channel)).await?;
        Ok(Self { family, members, member, answers, asked })
    }

    /// From now on the member system says this of a member.
    pub(crate) fn knows(&self, member_no: i64, verified: bool, verification: i64) {
        let mut answers = self.answers.lock().unwrap();
        answers.get_or_insert_default().insert(member_no, (verified, verification));
    }

    /// From now on it has trouble, and knows nobody afterwards.
    pub(crate) fn has_trouble(&self) {
        *self.answers.lock().unwrap() = None;
    }

    pub(crate) fn asked(&self) -> u32 {
        *self.asked.lock().unwrap()
    }

    /// It announces a reset, and sends that.
    pub(crate) async fn announces_reset(&self, member_no: i64) -> Result<(), Failure> {
        let mut tx = self.member.app().begin().await?;
        tx.publish(IdentityReset { member_no }).await?;
        tx.commit().await?;
        self.member.run_until_idle().await?;
        Ok(())
    }

    /// Verified by this verification, the member joins the family.
    pub(crate) async fn joins(
        &self,
        family_no: i64,
        member_no: i64,
        verification: i64,
    ) -> Result<(), Failure> {
        self.knows(member_no, true, verification);
        Ok(family::families::join(self.family.app(), &self.members, family_no, member_no).await?)
    }

    pub(crate) async fn members_of(&self, family_no: i64) -> Result<Vec<i64>, Failure> {
        Ok(family::families::members(self.family.app(), family_no).await?)
    }

    /// The names of the family-account service's events.
    pub(crate) async fn told(&self) -> Result<Vec<String>, Failure> {
        Ok(self.family.events().await?.into_iter().map(|event| event.envelope.name).collect())
    }
}

async fn member(
    State((answers, asked)): State<(Answers, Arc<Mutex<u32>>)>,
    Path(member_no): Path<i64>,
) -> Response {
    *asked.lock().unwrap() += 1;
    match &*answers.lock().unwrap() {
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(answers) => match answers.get(&member_no) {
            None => StatusCode::NOT_FOUND.into_response(),
            Some((verified, verification)) => {
                Json(json!({ "name": "Ada", "verified": verified, "verification": verification }))
                    .into_response()
            }
        },
    }
}
