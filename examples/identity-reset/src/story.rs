//! A few acts, one after the other, and what becomes of a family.

use std::fmt::Write as _;

use family::http::Family;
use member::http::NewMember;
use member::members::Member;
use processes::{ClientError, Failed};
use reqwest::{Method, StatusCode};

use crate::services::{Clients, Services};

const ADA: &str = "Ada";
const BEN: &str = "Ben";

/// Tells the story.
///
/// # Errors
/// A request was refused that should not be, or never answered; a database cannot be read.
pub(crate) async fn tell(clients: &Clients, services: &Services) -> Result<String, Failed> {
    let (ada, ben) = (sign_up(clients, ADA).await?.member_no, sign_up(clients, BEN).await?.member_no);
    // Of its own in every run: the smallest number of its members.
    let family_no = ada;
    let name = |member_no| if member_no == ada { ADA } else { BEN };
    let mut story = String::new();

    writeln!(story, "Ada joins the family: {}", join(clients, family_no, ada).await?)?;
    for member_no in [ada, ben] {
        verify(clients, member_no).await?;
        writeln!(story, "{}'s identity is verified", name(member_no))?;
        writeln!(
            story,
            "{} joins the family: {}",
            name(member_no),
            join(clients, family_no, member_no).await?
        )?;
    }
    show_family(&mut story, clients, family_no, name).await?;

    reset(clients, ada).await?;
    writeln!(story, "the verification of Ada's identity is reset")?;
    services.wait_until_quiet().await.map_err(|error| error.chain())?;
    show_family(&mut story, clients, family_no, name).await?;

    writeln!(story, "Ada joins the family: {}", join(clients, family_no, ada).await?)?;
    verify(clients, ada).await?;
    writeln!(story, "Ada's identity is verified")?;
    writeln!(story, "Ada joins the family: {}", join(clients, family_no, ada).await?)?;
    show_family(&mut story, clients, family_no, name).await?;
    Ok(story)
}

/// Signs a member up.
pub(crate) async fn sign_up(clients: &Clients, name: &str) -> Result<Member, ClientError> {
    clients.member.ask(Method::POST, "/members", &NewMember { name: name.to_owned() }).await
}

/// Verifies a member's identity.
pub(crate) async fn verify(clients: &Clients, member_no: i64) -> Result<Member, ClientError> {
    clients.member.ask(Method::PUT, &format!("/members/{member_no}/verification"), &()).await
}

/// Resets the verification.
pub(crate) async fn reset(clients: &Clients, member_no: i64) -> Result<Member, ClientError> {
    clients.member.ask(Method::DELETE, &format!("/members/{member_no}/verification"), &()).await
}

/// What the family-account service answers to who wants to join.
pub(crate) async fn join(
    clients: &Clients,
    family_no: i64,
    member_no: i64,
) -> Result<StatusCode, ClientError> {
    let path = format!("/families/{family_no}/members/{member_no}");
    match clients.family.ask::<Family>(Method::PUT, &path, &()).await {
        Ok(_) => Ok(StatusCode::OK),
        Err(ClientError::Refused { status, .. }) => Ok(status),
        Err(error) => Err(error),
    }
}

async fn show_family(
    story: &mut String,
    clients: &Clients,
    family_no: i64,
    name: impl Fn(i64) -> &'static str,
) -> Result<(), Failed> {
    let family: Family = clients.family.ask(Method::GET, &format!("/families/{family_no}"), &()).await?;
    let members: Vec<&str> = family.members.into_iter().map(name).collect();
    writeln!(story, "    the family: {}", members.join(" and "))?;
    Ok(())
}
