//! Both services on SNS and SQS, by configuration alone: what becomes of a log when handlers fail, workers are killed
//! and the way to AWS is cut.

#[path = "../../../../edafw-sqs/tests/support/emulator.rs"]
#[allow(dead_code, unreachable_pub, reason = "other tests use the rest")]
mod emulator;
#[path = "../../../../edafw-sqs/tests/support/proxy.rs"]
#[allow(dead_code, unreachable_pub, reason = "other tests use the rest")]
mod proxy;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use crate::support::generated::Generated;
use crate::support::{Desk, Projections, SUBSCRIBERS, deliveries, permits, report};
use aws_sdk_sns::config::{BehaviorVersion, Credentials, Region};
use edafw::{App, Channel, Sqlite, SqsConfig, SqsTransport, Topology};
use emulator::Emulator;
use proxy::Proxy;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

/// A desk whose events go through an emulator.
struct Office {
    desk: Desk,
    proxy: Proxy,
    _emulator: Emulator,
}

impl Office {
    /// Everything is provisioned: both workers' queues, before the first event.
    async fn open() -> Self {
        let emulator = Emulator::start();
        let proxy = Proxy::to(emulator.endpoint());
        let office = Self { desk: Desk::new(), proxy, _emulator: emulator };
        std::fs::create_dir(office.desk.data()).unwrap();
        let done = office.permits_worker().args(["provision", "apply"]).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let portal = office.portal().await;
        let provision = portal.transport(Channel::External).provision().unwrap();
        provision.apply(&portal.topology(Channel::External)).await.unwrap();
        portal.close().await;
        office
    }

    fn url(&self) -> String {
        format!("sqs://eu-central-1?prefix=test-&endpoint={}", self.proxy.endpoint())
    }

    /// The variables that make it SNS and SQS.
    fn on_sqs(&self, mut command: Command) -> Command {
        command
            .env("EDAFW_TRANSPORT_URL", self.url())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env_remove("AWS_PROFILE")
            .env_remove("EDAFW_EXTERNAL_URL")
            .env_remove("PERMITS_FAIL_RATE")
            .env_remove("PERMITS_SEED");
        command
    }

    fn permits_worker(&self) -> Command {
        let mut worker = self.on_sqs(Command::new(env!("CARGO_BIN_EXE_permits-worker")));
        worker.env("EDAFW_DATABASE_URL", format!("sqlite:{}", self.desk.data().join("permits.db").display()));
        worker
    }

    /// The same worker, whose internal events go through queues in its own database now.
    fn moved_worker(&self) -> Command {
        let mut worker = self.permits_worker();
        worker.env("EDAFW_TRANSPORT_URL", "embedded:").env("EDAFW_EXTERNAL_URL", self.url()).arg("run");
        worker
    }

    /// Pauses or resumes whoever keeps a table.
    fn tell_subscribers(&self, what: &str) {
        for subscriber in ["activity_count", "case_timeline", "workload"] {
            let done = self.permits_worker().args(["subscribers", what, subscriber]).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        }
    }

    /// The portal, in this process: what a worker binary reads from the environment is handed in.
    async fn portal(&self) -> App<Sqlite> {
        let endpoint = self.proxy.endpoint();
        let credentials = Credentials::new("test", "test", None, None, "tests");
        let http = aws_smithy_http_client::Builder::new().build_http();
        let sns = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials.clone())
            .endpoint_url(endpoint)
            .http_client(http.clone());
        let sqs = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-central-1"))
            .credentials_provider(credentials)
            .endpoint_url(endpoint)
            .http_client(http);
        let mut config = SqsConfig::new("eu-central-1");
        "test-".clone_into(&mut config.prefix);
        let (sns, sqs) =
            (aws_sdk_sns::Client::from_conf(sns.build()), aws_sdk_sqs::Client::from_conf(sqs.build()));
        let transport = SqsTransport::with_clients(config, sns, sqs, &Topology::default());
        portal::app()
            .unwrap()
            .database_url(format!("sqlite:{}", self.desk.data().join("portal.db").display()))
            .transport(Arc::new(transport))
            .connect()
            .await
            .unwrap()
    }

    fn take(&self, input: &Path, options: &[&str]) -> Command {
        let mut command = self.on_sqs(permits());
        command.args(["--json", "--data-dir"]).arg(self.desk.data()).arg("--input").arg(input).args(options);
        command
    }

    /// Waits until a count in the office's database has reached `least`; `false` if the process ended before.
    async fn reaches(&self, child: &mut Child, count: &'static str, least: i64) -> bool {
        let mut looks = tokio::time::interval(std::time::Duration::from_millis(10));
        while child.try_wait().unwrap().is_none() {
            let office = SqliteConnectOptions::new().filename(self.desk.data().join("permits.db"));
            if let Ok(mut office) = office.connect().await
                && let Ok(found) = sqlx::query_scalar::<_, i64>(count).fetch_one(&mut office).await
                && found >= least
            {
                return true;
            }
            looks.tick().await;
        }
        false
    }

    async fn assert_complete(&self, generated: &Generated) {
        let steps = generated.taken.iter().map(|step| [&*step[0], &*step[1], &*step[2], &*step[3]]);
        assert_eq!(self.desk.projections().await, Projections::of(steps));
        let (stored, published) = self.desk.events("permit.step-completed").await;
        let expected = 2 * generated.taken.len() as i64;
        assert_eq!((stored, published), (expected, expected), "the recorder has seen every event");
    }
}

#[tokio::test]
async fn the_log_goes_through_although_handlers_fail() {
    let generated = Generated::new(0x5a5a, 200, 30);
    let office = Office::open().await;
    let input = office.desk.write("log.csv", &generated.log);
    let (code, report) =
        report(&office.take(&input, &["--fail-rate", "0.1", "--seed", "7"]).output().unwrap());
    assert_eq!(code, 3, "it ends, with the rows that it refused");
    office.assert_complete(&generated).await;
    let steps = generated.taken.len() as u64;
    for (service, subscriber) in SUBSCRIBERS {
        let [delivered, _, _, dead_letters] = deliveries(&report, service, subscriber);
        assert_eq!((delivered, dead_letters), (steps, 0), "{service} {subscriber}");
    }
    let checked = office.permits_worker().args(["provision", "check"]).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}

#[tokio::test]
async fn workers_are_killed_while_they_work() {
    let generated = Generated::new(0xfeed, 200, 30);
    let office = Office::open().await;
    let input = office.desk.write("log.csv", &generated.log);
    assert_eq!(report(&office.take(&input, &["--no-worker"]).output().unwrap()).0, 3);
    let work = || {
        let mut worker = office.permits_worker();
        worker.args(["run", "--until-idle"]).env("PERMITS_FAIL_RATE", "0.1").env("PERMITS_SEED", "9");
        worker.stdout(Stdio::null()).stderr(Stdio::null());
        worker
    };
    let mut kills = 0;
    for least in [1, 200] {
        let mut child = work().spawn().unwrap();
        if office.reaches(&mut child, "select count(*) from edafw_inbox", least).await {
            child.kill().unwrap();
            kills += 1;
        }
        child.wait().unwrap();
    }
    assert_eq!(kills, 2, "the thresholds no longer fit the input");
    assert!(work().status().unwrap().success());
    let portal = office.portal().await;
    portal.worker().unwrap().run_until_idle().await.unwrap();
    portal.close().await;
    office.assert_complete(&generated).await;
}

#[tokio::test]
async fn a_way_that_is_cut_stops_no_publisher() {
    let generated = Generated::new(0xc0de, 200, 30);
    let office = Office::open().await;
    let input = office.desk.write("log.csv", &generated.log);
    let mut taking = office.take(&input, &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    assert!(office.reaches(&mut taking, "select count(*) from edafw_event", 1).await);
    office.proxy.set_away(true);
    let steps = generated.taken.len() as i64;
    let stored = "select count(*) from edafw_event where channel = 'internal'";
    assert!(
        office.reaches(&mut taking, stored, steps).await,
        "every row was taken while nothing could be sent"
    );
    office.proxy.set_away(false);
    let output = taking.wait_with_output().unwrap();
    assert_eq!(report(&output).0, 3);
    office.assert_complete(&generated).await;
}

#[tokio::test]
async fn what_waits_in_sqs_is_drained_before_other_queues_are_used() {
    // Three deliveries of each: about a thousand.
    let generated = Generated::new(0xd4a1, 400, 60);
    let office = Office::open().await;
    let input = office.desk.write("log.csv", &generated.log);
    assert_eq!(report(&office.take(&input, &["--no-worker"]).output().unwrap()).0, 3);
    office.tell_subscribers("pause");
    let mut worker = office.permits_worker().arg("run").stderr(Stdio::null()).spawn().unwrap();
    let published =
        "select count(*) from edafw_event where name = 'permit.step-completed' and published_at is not null";
    assert!(office.reaches(&mut worker, published, 2 * generated.taken.len() as i64).await);
    let told = Command::new("kill").args(["-s", "TERM", &worker.id().to_string()]).status().unwrap();
    assert!(told.success() && worker.wait().unwrap().success());
    office.tell_subscribers("resume");

    let refused = office.moved_worker().output().unwrap();
    let reason = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{reason}");
    assert!(reason.contains("the transport changed") && reason.contains("`run --drain URL`"), "{reason}");

    let drained = office.moved_worker().args(["--until-idle", "--drain", &office.url()]).output().unwrap();
    assert!(drained.status.success(), "{}", String::from_utf8_lossy(&drained.stderr));
    let portal = office.portal().await;
    portal.worker().unwrap().run_until_idle().await.unwrap();
    portal.close().await;
    office.assert_complete(&generated).await;
    assert!(office.moved_worker().arg("--until-idle").status().unwrap().success(), "nothing is left there");
}
