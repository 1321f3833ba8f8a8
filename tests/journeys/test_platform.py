"""What a platform owns: build profiles, and which repositories the gate votes on."""

from gate import VOTER
from project import GREEN, POLICY, RED, suite

PROFILE = """version: 1
profiles:
  vpc-java:
    vpc: vpc-1
    subnets: [subnet-1, subnet-2]
    security-groups: [sg-1]
    proxy: {https: "http://proxy.example.com:3128", no-proxy: [localhost]}
    role: arn:aws:iam::111122223333:role/JavaBuilds
    key: alias/builds
"""
CHOSEN = POLICY + "environment: {profile: vpc-java}\n"


def project(pull):
    client = pull.sandbox.client("alice", "codebuild")
    return client.batch_get_projects(names=[pull.project])["projects"][0]


def test_a_profile_of_the_floor_gives_the_build_its_network_role_and_key(own, repository):
    made = repository({**GREEN, ".gated.yml": CHOSEN, "test.sh": suite() + 'test "$HTTPS_PROXY" && test "$no_proxy"\n'},
                      within=own(PROFILE))
    pull = made.open({"a": "1"})
    pull.verdict("✅ Approved")
    assert pull.votes() == {VOTER}
    built = project(pull)
    assert built["vpcConfig"] == {"vpcId": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "securityGroupIds": ["sg-1"]}
    assert built["serviceRole"] == "arn:aws:iam::111122223333:role/JavaBuilds"
    assert built["encryptionKey"].endswith("alias/builds")


def test_a_pull_request_cannot_give_itself_a_profile_nor_name_one_that_is_not_there(own, repository):
    made = repository(GREEN, within=own(PROFILE))
    pull = made.open({".gated.yml": CHOSEN}, branch="asks")
    assert "environment.profile" in pull.verdict("✅ Approved")
    assert "vpcId" not in project(pull).get("vpcConfig", {})
    wrong = made.open({".gated.yml": CHOSEN.replace("vpc-java", "vpc-jva")}, branch="wrong", start="main")
    assert "the floor defines no profile" in wrong.verdict("Not approved")


def test_the_gate_votes_only_on_the_repositories_that_the_floor_says(own, repository):
    sandbox = own("version: 1\nmode: {observe: [\"legacy-*\"]}\nstages: {gated-note: \"true\"}\n")
    old, new = (repository(GREEN, name=name, within=sandbox) for name in ("legacy-web", "web"))
    seen, bound = (made.open({"test.sh": RED}) for made in (old, new))
    assert "only observes" in seen.verdict()
    assert "only observes" not in bound.verdict("Not approved")
    assert seen.merge()["pullRequest"]["pullRequestStatus"] == "CLOSED"
    green = new.open({"test.sh": suite() + "# green\n"}, branch="green", start="main")
    green.verdict("✅ Approved")
    assert green.votes() == {VOTER}
