//! `run --http ADDR`.

use crate::support::Place;

#[cfg(not(feature = "http"))]
#[tokio::test]
async fn without_the_feature_it_is_an_error_that_names_it() {
    let ended = Place::new().run("run --http 127.0.0.1:0").await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("the feature `http` of `edafw`"), "{}", ended.stderr);
}

#[tokio::test]
async fn an_address_that_is_none_is_wrong_usage() {
    assert_eq!(Place::new().run("run --http nowhere").await.code, Some(2));
}

#[cfg(feature = "http")]
mod with_the_feature {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use crate::MemberLoggedIn;
    use crate::support::{Place, Running};

    async fn start(place: &Place) -> (Running, String) {
        let mut running = place.start("run --http 127.0.0.1:0", &[]);
        let line = running.line_with("answers /health").await;
        let address = line.rsplit_once("address=").expect("the address").1.trim().to_owned();
        (running, address)
    }

    async fn ask(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(format!("{request} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.expect("asks");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("answers");
        answer
    }

    #[tokio::test]
    async fn health_and_metrics() {
        let place = Place::new();
        place.run("provision apply").await;
        place.publish([MemberLoggedIn { member_no: 1, device: "phone".to_owned() }]).await;
        place.run_with("run --until-idle", &[("MEMBER_DEVICES_FAIL", "yes")]).await;
        let (running, address) = start(&place).await;
        let health = ask(&address, "GET /health").await;
        assert!(health.starts_with("HTTP/1.1 200"), "{health}");
        assert!(health.ends_with(r#"{"status":"ok"}"#), "{health}");
        let metrics = ask(&address, "GET /metrics").await;
        for line in [
            "# TYPE edafw_deliveries_total counter",
            r#"edafw_deliveries_total{subscriber="record_device",outcome="handled"} 0"#,
            r#"edafw_queue_messages{queue="member.record_device"} 0"#,
            r#"edafw_events{state="published"} 2"#,
            r#"edafw_dead_letters{subscriber="record_device"} 1"#,
            "edafw_oldest_unpublished_seconds 0",
        ] {
            assert!(metrics.lines().any(|one| one == line), "{line} is not in {metrics}");
        }
        assert!(ask(&address, "GET /").await.starts_with("HTTP/1.1 404"));
        assert!(ask(&address, "POST /health").await.starts_with("HTTP/1.1 405"));
        running.signal("TERM").await;
        assert_eq!(running.end().await, Some(0));
    }

    #[tokio::test]
    async fn health_says_what_is_away() {
        let place = Place::new();
        place.run("provision apply").await;
        let (mut running, address) = start(&place).await;
        // The database answers, but no loop can go on.
        place.sql("drop table edafw_message").await;
        running.line_with("cannot go on").await;
        let health = ask(&address, "GET /health").await;
        assert!(health.starts_with("HTTP/1.1 503"), "{health}");
        assert!(health.contains(r#""status":"unavailable""#), "{health}");
        // Whichever loop noticed first, every queue is named in the end.
        let named = async {
            while !ask(&address, "GET /health").await.contains("member.record_device") {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), named).await.expect("the queue is named");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_told_at_once() {
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = taken.local_addr().expect("bound");
        let ended = Place::new().run(&format!("run --http {address}")).await;
        assert_eq!(ended.code, Some(1));
        assert!(ended.stderr.contains(&format!("cannot listen on {address}")), "{}", ended.stderr);
    }
}
