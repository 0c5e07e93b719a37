//! Subscribers of every visibility, in modules and functions, with errors of their own.
mod orders {
    #[edafw::domain_event(name = "order.paid", key = order_no)]
    pub struct OrderPaid {
        pub order_no: u64,
    }

    #[derive(Debug)]
    pub struct Refused;
    impl std::fmt::Display for Refused {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("refused")
        }
    }
    impl std::error::Error for Refused {}
    pub type Answer<E = Refused> = Result<(), E>;

    #[edafw::subscriber(layer = internal)]
    pub(super) async fn inner(_: &self::OrderPaid) -> Answer {
        Err(Refused)
    }

    #[edafw::subscriber(layer = internal)]
    pub async fn outer(_: &OrderPaid) -> Answer<String> {
        Err("refused".to_owned())
    }
}

edafw::service!("shop");

fn name<S: edafw::__private::Subscriber>() -> &'static str {
    S::DECLARATION.name
}

fn main() {
    #[edafw::subscriber(layer = application)]
    async fn local(_: &orders::OrderPaid) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(())
    }
    assert_eq!(name::<orders::inner>(), "inner");
    assert_eq!(name::<orders::outer>(), "outer");
    assert_eq!(name::<local>(), "local");
}
