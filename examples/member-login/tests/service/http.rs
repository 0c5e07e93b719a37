//! The service as its members see it: over HTTP.

use edafw::Failure;
use edafw::testing::Harness;
use member_login::http::{LoggedIn, Member, SignedUp, routes};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// A server of an empty service, and where it is.
async fn serve() -> Result<(Harness<edafw::Sqlite>, String), Failure> {
    let harness = Harness::start(member_login::app()).await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = axum::serve(listener, routes(harness.app().clone()));
    tokio::spawn(async move { server.await });
    Ok((harness, url))
}

/// Status and body.
async fn answer(request: RequestBuilder) -> Result<(u16, String), Failure> {
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn a_member_signs_up_logs_in_and_logs_out() -> Result<(), Failure> {
    let (harness, url) = serve().await?;
    let http = Client::new();
    let (status, body) =
        answer(http.post(format!("{url}/members")).json(&json!({ "log_in_limit": 2 }))).await?;
    let SignedUp { member_no } = serde_json::from_str(&body)?;
    assert_eq!(status, 201);

    let body = json!({ "member_no": member_no, "device": "phone" });
    let (status, body) = answer(http.post(format!("{url}/sessions")).json(&body)).await?;
    let LoggedIn { session_no } = serde_json::from_str(&body)?;
    assert_eq!(status, 201);

    harness.run_until_idle().await?;
    let (status, body) = answer(http.get(format!("{url}/members/{member_no}"))).await?;
    assert_eq!(status, 200);
    let expected = json!({
        "member_no": member_no,
        "sessions": [{ "session_no": session_no, "device": "phone" }],
        "devices": [{ "device": "phone", "log_ins": 1 }],
        "notices": [],
    });
    assert_eq!(serde_json::from_str::<Value>(&body)?, expected);

    assert_eq!(answer(http.delete(format!("{url}/sessions/{session_no}"))).await?, (204, String::new()));
    let (_, body) = answer(http.get(format!("{url}/members/{member_no}"))).await?;
    assert_eq!(serde_json::from_str::<Member>(&body)?.sessions, []);
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_refused_with_its_reason() -> Result<(), Failure> {
    let (harness, url) = serve().await?;
    let suspended = member_login::acts::sign_up(harness.app(), 0).await?;
    let http = Client::new();
    let log_in = |body: Value| http.post(format!("{url}/sessions")).json(&body);
    let suspended = log_in(json!({ "member_no": suspended, "device": "phone" }));
    for (request, status, part) in [
        (suspended, 403, "is suspended: its limit of log-ins is 0"),
        (log_in(json!({ "member_no": 99, "device": "phone" })), 404, "there is no member 99"),
        (log_in(json!({ "member_no": 1, "device": "" })), 422, "has 1 to 100 characters; this one has 0"),
        (log_in(json!({ "member_no": 1 })), 422, "missing field `device`"),
        (log_in(json!({ "member_no": 1, "device": "phone", "pin": 1 })), 422, "unknown field `pin`"),
        (http.post(format!("{url}/members")).json(&json!({ "log_in_limit": -1 })), 422, "this one is -1"),
        (http.get(format!("{url}/members/99")), 404, "there is no member 99"),
        (http.delete(format!("{url}/sessions/99")), 404, "there is no session 99"),
    ] {
        let (found, body) = answer(request).await?;
        assert_eq!(found, status, "{body}");
        assert!(body.contains(part), "{body}");
    }
    assert_eq!(harness.events().await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_from_a_refusal() -> Result<(), Failure> {
    let (harness, url) = serve().await?;
    harness.app().close().await;
    let (status, body) = answer(Client::new().get(format!("{url}/members/1"))).await?;
    assert_eq!(status, 503, "{body}");
    Ok(())
}
