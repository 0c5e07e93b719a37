//! The family-account service over HTTP.

use edafw::Failure;
use family::http::{Family, routes};
use family::member_service::MemberService;
use reqwest::{Client, RequestBuilder};

use crate::member_system::Systems;

async fn serve(systems: &Systems) -> Result<String, Failure> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/families", listener.local_addr()?);
    let server = axum::serve(listener, routes(systems.family.app().clone(), systems.members.clone()));
    tokio::spawn(async move { server.await });
    Ok(url)
}

/// Status and body.
async fn answer(request: RequestBuilder) -> Result<(u16, String), Failure> {
    let answer = request.send().await?;
    Ok((answer.status().as_u16(), answer.text().await?))
}

#[tokio::test]
async fn a_member_joins_and_leaves() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    let url = serve(&systems).await?;
    systems.knows(7, true, 1);
    let http = Client::new();
    for (request, members) in [
        (http.get(format!("{url}/3")), vec![]),
        (http.put(format!("{url}/3/members/7")), vec![7]),
        (http.put(format!("{url}/3/members/7")), vec![7]),
        (http.get(format!("{url}/3")), vec![7]),
        (http.delete(format!("{url}/3/members/7")), vec![]),
        (http.delete(format!("{url}/3/members/7")), vec![]),
    ] {
        let (status, body) = answer(request).await?;
        assert_eq!(status, 200, "{body}");
        assert_eq!(serde_json::from_str::<Family>(&body)?, Family { family_no: 3, members });
    }
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_refused_with_its_reason() -> Result<(), Failure> {
    let systems = Systems::start().await?;
    let url = serve(&systems).await?;
    systems.joins(4, 6, 1).await?;
    systems.knows(7, false, 1);
    let http = Client::new();
    for (member_no, status, reason) in [
        (6, 409, "member 6 belongs to family 4"),
        (7, 409, "the identity of member 7 is not verified"),
        (8, 404, "there is no member 8"),
    ] {
        let found = answer(http.put(format!("{url}/3/members/{member_no}"))).await?;
        assert_eq!(found, (status, format!(r#"{{"error":"{reason}"}}"#)));
    }
    systems.has_trouble();
    let found = answer(http.put(format!("{url}/3/members/7"))).await?;
    assert_eq!(found, (503, r#"{"error":"the member service answers 503 Service Unavailable"}"#.to_owned()));
    Ok(())
}

#[test]
fn a_url_that_names_no_member_service_is_refused() {
    for (url, part) in
        [("member", "relative URL without a base"), ("https://member", "its scheme is `https`, not `http`")]
    {
        let error = MemberService::new(url).unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("such as http://127.0.0.1:8080"), "{error}");
    }
}
