//! The driver collects the reports that a policy names, and nothing from outside the checkout.

use crate::harness::Checkout;
use crate::sample::{decision, report, stage};

#[test]
fn a_report_is_copied_beside_the_record_with_its_size_and_time() {
    let mut test = stage("test", &["mkdir -p target/a; printf '<x/>' >target/a/junit.xml"]);
    test.reports = vec![report(&["target/**/*.xml"])];
    let checkout = Checkout::of(&[]);
    let built = checkout.build(&decision(vec![test]));
    assert_eq!(built.record.reports.len(), 1, "{}", built.log);
    let file = &built.record.reports[0];
    assert_eq!(
        (file.path.as_str(), file.stored.as_str(), file.size, file.tracked),
        ("target/a/junit.xml", "reports/0001", 4, false)
    );
    assert!(file.modified >= built.record.began);
    assert_eq!(std::fs::read_to_string(checkout.out().join("reports/0001")).unwrap(), "<x/>");
}
