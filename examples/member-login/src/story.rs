//! A few log-ins, one after the other, and what the members see of them.

use std::fmt::Write as _;

use member_login::http::{LogIn, LoggedIn, Member, SignUp, SignedUp};
use processes::{Client, ClientError, Failed, Quiet};
use reqwest::{Method, StatusCode};

/// Tells the story.
///
/// # Errors
/// A request was refused that should not be, or never answered; the database cannot be read.
pub(crate) async fn tell(client: &Client, quiet: &Quiet) -> Result<String, Failed> {
    let [ada, ben, cy] = [sign_up(client, 2).await?, sign_up(client, 2).await?, sign_up(client, 0).await?];
    let mut story =
        "Ada and Ben may be logged in on 2 devices each. Cy's account is suspended.\n\n".to_owned();
    for (name, member_no, device) in [
        ("Ada", ada, "Ada's phone"),
        ("Ada", ada, "Ada's tablet"),
        ("Ada", ada, "the library's computer"),
        ("Cy", cy, "Cy's phone"),
    ] {
        let answer = log_in(client, member_no, device).await?;
        writeln!(story, "{name} logs in on {device}: {answer}")?;
    }
    // Before the worker has had its turn: the limit is kept in the transaction of the log-in.
    show_devices(&mut story, "Ada", &member(client, ada).await?)?;
    let answer = log_in(client, ben, "the library's computer").await?;
    writeln!(story, "Ben logs in on the library's computer: {answer}")?;
    quiet.wait().await.map_err(|error| error.chain())?;
    for (name, member_no) in [("Ada", ada), ("Ben", ben)] {
        let member = member(client, member_no).await?;
        show_devices(&mut story, name, &member)?;
        for notice in &member.notices {
            writeln!(story, "    {name} was told: {notice}")?;
        }
    }
    Ok(story)
}

/// Signs a member up, and answers the number.
pub(crate) async fn sign_up(client: &Client, log_in_limit: i64) -> Result<i64, ClientError> {
    let SignedUp { member_no } = client.ask(Method::POST, "/members", &SignUp { log_in_limit }).await?;
    Ok(member_no)
}

/// What the service answers to a log-in.
async fn log_in(client: &Client, member_no: i64, device: &str) -> Result<StatusCode, ClientError> {
    let body = LogIn { member_no, device: device.to_owned() };
    match client.ask::<LoggedIn>(Method::POST, "/sessions", &body).await {
        Ok(_) => Ok(StatusCode::CREATED),
        Err(ClientError::Refused { status, .. }) => Ok(status),
        Err(error) => Err(error),
    }
}

async fn member(client: &Client, member_no: i64) -> Result<Member, ClientError> {
    client.ask(Method::GET, &format!("/members/{member_no}"), &()).await
}

fn show_devices(story: &mut String, name: &str, member: &Member) -> std::fmt::Result {
    let devices: Vec<&str> = member.sessions.iter().map(|session| &*session.device).collect();
    writeln!(story, "    {name} is logged in on {}", devices.join(" and "))
}
