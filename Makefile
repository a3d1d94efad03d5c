# make help lists what there is. Everything else works from a fresh clone with Go and git.

BIN      := bin
PREFIX   ?= $(shell go env GOPATH)
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
COMMIT   := $(shell git rev-parse HEAD 2>/dev/null)
LDFLAGS  := -s -w -X main.buildVersion=$(VERSION) -X main.buildCommit=$(COMMIT)
export CGO_ENABLED := 0

# The test cluster. K8S=1.37.2 (also 1.33.13, 1.34.4, 1.36.3), PROXY_MODE=iptables (or nftables).
K8S        ?= 1.37.2
PROXY_MODE ?= iptables
export K8S PROXY_MODE
CACHE      := $(or $(KK_CACHE),$(CURDIR)/.cache/cluster)
export KK_CACHE := $(CACHE)
CLUSTER    := $(CACHE)/kk-cluster

.PHONY: help demo build install test unit e2e lint bench cluster cluster-down generate docs release cross fuzz

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | while IFS="$$(printf '\t')" read -r name text; do printf '  %-14s %s\n' "$$name" "$$text"; done

demo: build ## show svcpath, downward and rollout-watch on recordings of a real cluster: no cluster, no root
	@$(BIN)/kubectl-kk svcpath svc/service-hellok8s-clusterip --demo
	@$(BIN)/kubectl-kk downward busybox-use-downwardapi --demo
	@$(BIN)/kubectl-kk rollout-watch --demo --speed 8x

build: ## build bin/kubectl-kk
	@go build -trimpath -ldflags "$(LDFLAGS)" -o $(BIN)/kubectl-kk ./cmd/kubectl-kk

install: build ## install it as kubectl kk and as kk, into PREFIX/bin (PREFIX=$(go env GOPATH))
	@mkdir -p "$(PREFIX)/bin"
	install -m 0755 $(BIN)/kubectl-kk "$(PREFIX)/bin/kubectl-kk"
	ln -sf kubectl-kk "$(PREFIX)/bin/kk"
	ln -sf kubectl-kk "$(PREFIX)/bin/kubectl_complete-kk"

test: ## run every test, those on a real cluster included; sets up what they need
	@hack/test.sh

unit: ## run the tests that need no cluster, no root, no network
	go test ./...

e2e: build cluster ## run the tests on the test cluster
	hack/e2e.sh

lint: ## check format and style, and that it compiles for Windows and macOS
	hack/lint.sh

cross: ## check that it compiles for Windows and macOS, tests included
	hack/cross.sh

bench: build cluster ## measure, both sides in one run; results belong into docs/benchmarks.md
	hack/bench.sh

cluster: $(CLUSTER) ## start a real two-node Kubernetes on this machine (K8S=, PROXY_MODE=)
	@$(CLUSTER) up

cluster-down: $(CLUSTER) ## stop it, and leave nothing behind
	@$(CLUSTER) down

.PHONY: $(CLUSTER)
$(CLUSTER):
	@mkdir -p $(CACHE)
	@cd test/cluster && go build -o $(CLUSTER) .

generate: build cluster ## record the demo snapshot anew, and rewrite the goldens
	hack/generate.sh

docs: ## write anew what follows from the commands and plugins.yaml: no cluster
	hack/generate-docs.sh

release: ## build a release into dist/, and krew-manifest.yaml (VERSION=v0.1.0)
	hack/release.sh $(VERSION)

fuzz: ## fuzz each parser for a while (FUZZTIME=30s)
	hack/fuzz.sh
