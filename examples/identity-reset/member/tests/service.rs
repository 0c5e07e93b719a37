//! The member service: its acts, its HTTP interface, and what other systems learn.

use edafw::testing::Harness;
use edafw::{CatalogueFormat, Channel, Failure, Sqlite};
use member::http::routes;
use member::members::{member, reset, sign_up, verify};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

async fn start() -> Result<Harness<Sqlite>, Failure> {
    Ok(Harness::start(member::app()).await?)
}

#[tokio::test]
async fn other_systems_learn_who_it_was_and_nothing_else() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let ada = sign_up(app, "Ada").await?.member_no;
    verify(app, ada).await?;
    reset(app, ada).await?;
    harness.run_until_idle().await?;
    let events = harness.events().await?;
    let of = |channel| {
        let events = events.iter().filter(move |event| event.channel == channel);
        events.map(|event| (&*event.envelope.name, event.envelope.data.get())).collect::<Vec<_>>()
    };
    let inside = r#"{"member_no":1,"verification":1}"#;
    assert_eq!(
        of(Channel::Internal),
        [("member.identity-verified", inside), ("member.identity-reset", inside)]
    );
    assert_eq!(of(Channel::External), [("member.identity-reset", r#"{"member_no":1}"#)]);
    Ok(())
}

#[tokio::test]
async fn what_is_so_already_happens_no_second_time() -> Result<(), Failure> {
    let harness = start().await?;
    let app = harness.app();
    let ada = sign_up(app, "Ada").await?.member_no;
    assert_eq!(reset(app, ada).await?.verification, 0, "there was nothing to reset");
    for verification in [1, 2] {
        for _ in 0..2 {
            let verified = verify(app, ada).await?;
            assert_eq!((verified.verified, verified.verification), (true, verification));
        }
        for _ in 0..2 {
            let unverified = reset(app, ada).await?;
            assert_eq!((unverified.verified, unverified.verification), (false, verification));
        }
    }
    assert_eq!(harness.events().await?.len(), 4);
    assert_eq!(member(app, ada).await?.name, "Ada");
    Ok(())
}

/// Status and body.
async fn answer(request: RequestBuilder) -> Result<(u16, Value), Failure> {
    let answer = request.send().await?;
    let (status, text) = (answer.status().as_u16(), answer.text().await?);
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}

#[tokio::test]
async fn the_service_answers_over_http() -> Result<(), Failure> {
    let harness = start().await?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/members", listener.local_addr()?);
    let server = axum::serve(listener, routes(harness.app().clone()));
    tokio::spawn(async move { server.await });
    let http = Client::new();
    let ada = |verified, verification| json!({ "member_no": 1, "name": "Ada", "verified": verified, "verification": verification });
    let verification = format!("{url}/1/verification");
    for (request, status, expected) in [
        (http.post(&url).json(&json!({ "name": "Ada" })), 201, ada(false, 0)),
        (http.put(&verification), 200, ada(true, 1)),
        (http.get(format!("{url}/1")), 200, ada(true, 1)),
        (http.delete(&verification), 200, ada(false, 1)),
        (http.get(format!("{url}/2")), 404, json!({ "error": "there is no member 2" })),
        (http.put(format!("{url}/2/verification")), 404, json!({ "error": "there is no member 2" })),
        (
            http.post(&url).json(&json!({ "name": "" })),
            422,
            json!({ "error": "a name has 1 to 100 characters; this one has 0" }),
        ),
    ] {
        assert_eq!(answer(request).await?, (status, expected));
    }
    Ok(())
}

#[test]
fn the_code_declares_what_the_catalogue_tells() {
    member::app().catalogue().check(CatalogueFormat::Markdown, "catalogue.md").unwrap();
}

/// Whoever changes what other systems get accepts it, with `member-worker contract accept`.
#[test]
fn the_contract_is_as_it_was_accepted() {
    let accepted = concat!(env!("CARGO_MANIFEST_DIR"), "/contracts");
    edafw::contracts::check(member::app(), accepted).unwrap().assert_accepted();
}
