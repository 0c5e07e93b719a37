//! The processes: a server and a worker of each service.

use std::process::ExitCode;

use family::member_service::MemberService;
use processes::{Directory, Part};

/// The member service as its clients see it.
pub(crate) const MEMBER: &str = "member";

/// The family-account service as its clients see it.
pub(crate) const FAMILY: &str = "family";

mod member_worker {
    edafw::worker!(member::app);
}

mod family_worker {
    edafw::worker!(family::app);
}

/// All of them. The family-account service has this database, and finds the member service at `member_url`.
pub(crate) fn all(directory: &Directory, family_database: &str, member_url: &str) -> Vec<Part> {
    let of_family = |name| {
        let part = Part::new(name, "family", directory).with("EDAFW_DATABASE_URL", family_database);
        part.with("MEMBER_URL", member_url)
    };
    vec![
        Part::new(MEMBER, "member", directory),
        Part::new("member-worker", "member", directory),
        of_family(FAMILY),
        of_family("family-worker"),
    ]
}

/// Is the process `part`, until it is killed.
pub(crate) fn play(part: &str) -> ExitCode {
    match part {
        MEMBER => processes::serve(member::app(), member::http::routes),
        "member-worker" => member_worker::main(),
        FAMILY => serve_family(),
        "family-worker" => family_worker::main(),
        other => {
            eprintln!("`{other}` is no part of this example");
            ExitCode::from(2)
        }
    }
}

fn serve_family() -> ExitCode {
    match MemberService::from_env() {
        Ok(members) => {
            let app = family::app_with(members.clone());
            processes::serve(app, |app| family::http::routes(app, members))
        }
        Err(error) => {
            eprintln!("family: {error}");
            ExitCode::from(2)
        }
    }
}
