#[test]
fn one() {
    let seed = std::env::var("SEED").unwrap().parse().unwrap();
    println!("{}", statused_core::testkit::sim::run(seed));
}
