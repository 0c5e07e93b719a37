//! The processes: the service's server and its worker.

use std::process::ExitCode;

use processes::{Directory, Part};

/// The service as members see it.
pub(crate) const MEMBER: &str = "member";

mod member_worker {
    edafw::worker!(member_login::app);
}

/// Both.
pub(crate) fn all(directory: &Directory) -> Vec<Part> {
    // No other system hears of anything: all queues are in the service's database.
    let part = |name| Part::new(name, "member", directory).with("EDAFW_EXTERNAL_URL", "");
    vec![part(MEMBER), part("member-worker")]
}

/// Is the process `part`, until it is killed.
pub(crate) fn play(part: &str) -> ExitCode {
    match part {
        MEMBER => processes::serve(member_login::app(), member_login::http::routes),
        "member-worker" => member_worker::main(),
        other => {
            eprintln!("`{other}` is no part of this example");
            ExitCode::from(2)
        }
    }
}
