package svcenv

import (
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// settings are names of Services whose NAME_PORT programs or their images read as a port of
// their own, and stumble over the tcp://ADDRESS:PORT of a link: databases and brokers whose
// clients take HOST and PORT apart, and servers that are told so where to listen (Spring
// Boot's SERVER_PORT, Solr's SOLR_PORT, KAFKA_PORT of cp-kafka, NEO4J_PORT).
var settings = []string{
	"API", "APP", "BACKEND", "CACHE", "CASSANDRA", "CONSUL", "DATABASE", "DB", "ELASTICSEARCH", "FLASK", "GRAFANA", "HTTP", "HTTPS",
	"INFLUXDB", "JENKINS", "KAFKA", "KEYCLOAK", "KIBANA", "LOGSTASH", "MANAGEMENT", "MARIADB", "MEMCACHED", "MINIO", "MONGO", "MONGODB",
	"MQTT", "MYSQL", "NATS", "NEO4J", "NGINX", "POSTGRES", "POSTGRESQL", "RABBITMQ", "REDIS", "REGISTRY", "SCHEMA_REGISTRY", "SENTINEL",
	"SERVER", "SMTP", "SOLR", "VAULT", "WEB", "ZOOKEEPER",
}

// collisions finds names that an application and a Service both use.
func (a *analysis) collisions() {
	var setting, of, manifest []string
	for i := range a.view.Variables {
		if v := &a.view.Variables[i]; v.Source == FromEnv || v.Source == FromEnvFrom {
			manifest = append(manifest, v.Name)
		}
	}
	for _, v := range a.view.Variables {
		switch {
		case v.Hides != "":
			a.hidden(v)
		case a.takenOver(v):
			a.add(explain.LinkTakesOver, explain.Warning, explain.ProofNode, map[string]string{
				"variable": v.Name, "service": strings.TrimPrefix(v.From, "Service "), "gets": known(v.Gets),
			})
		case likeSetting(v, manifest):
			setting, of = append(setting, v.Name), append(of, strings.TrimPrefix(v.From, "Service "))
		}
	}
	if len(setting) > 0 {
		a.add(explain.LinkAsSetting, explain.Warning, explain.ProofComputed, map[string]string{
			"variables": listed(setting), "services": listed(of),
		}, a.settingsSeen(setting)...)
	}
}

// hidden finds a definition that takes the place of a Service's.
func (a *analysis) hidden(v Variable) {
	args := map[string]string{"variable": v.Name, "service": v.Hides}
	code, severity := explain.LinkHidden, explain.Info
	if strings.HasSuffix(v.Hides, "/"+apiService) {
		code, severity = explain.APIServerHidden, explain.Warning
	}
	a.add(code, severity, explain.ProofAPI, args, explain.Evidence{Where: a.podWords(), What: string(v.Source) + " " + v.Name})
}

// takenOver says whether the process has a Service's name from somewhere else: of the
// image, say, whose variables a Service's win over.
func (a *analysis) takenOver(v Variable) bool {
	return v.Source == FromService && v.Status == Changed && v.Has != nil && v.Has.Text == nil
}

// likeSetting says whether a variable has a name by which programs are told their ports,
// and the value of a link: a well-known name, or one that begins as those do that the
// manifest defines.
func likeSetting(v Variable, manifest []string) bool {
	prefix, found := strings.CutSuffix(v.Name, "_PORT")
	if !found || v.Source != FromService || v.Gets == nil || v.Gets.Text == nil || !urlKind.fits(*v.Gets.Text) {
		return false
	}
	if _, name, _ := strings.Cut(v.From, "/"); variablePrefix(name) != prefix || name == apiService {
		return false
	}
	return slices.Contains(settings, prefix) || slices.ContainsFunc(manifest, func(name string) bool {
		end, ours := strings.CutPrefix(name, prefix)
		return ours && strings.HasPrefix(end, "_") && kindOf(end) == noKind
	})
}

func (a *analysis) settingsSeen(names []string) []explain.Evidence {
	var out []explain.Evidence
	for _, v := range a.view.Variables {
		if slices.Contains(names, v.Name) && len(out) < maxListed {
			out = append(out, explain.Evidence{Where: v.From, What: v.Name + v.Gets.assigned()})
		}
	}
	return out
}

// twoServices finds names that two Services give: redis and redis-service both give
// REDIS_SERVICE_PORT.
func (a *analysis) twoServices() {
	for _, name := range a.next.names() {
		others, g := a.set.either[name], a.next.vars[name]
		if len(others) == 0 || g.source != FromService {
			continue
		}
		services, values := []string{g.link.Service.Name}, []string{g.text}
		for _, l := range others {
			services, values = append(services, l.Service.Name), append(values, l.Value)
		}
		a.add(explain.TwoServicesOneName, explain.Warning, explain.ProofComputed, map[string]string{
			"variable": name, "services": listed(services), "values": listed(values),
		})
	}
}

// notForShells finds Services whose variables no shell can name, and which some shells do
// not hand on to the programs they start.
func (a *analysis) notForShells() {
	var services []string
	variable := ""
	for _, svc := range a.linked {
		if prefix := variablePrefix(svc.Name); strings.IndexAny(prefix, "0123456789") == 0 {
			services = append(services, svc.Name)
			variable = prefix + "_SERVICE_HOST"
		}
	}
	if len(services) > 0 {
		a.add(explain.NotForShells, explain.Info, explain.ProofComputed, map[string]string{"services": listed(services), "variable": variable})
	}
}
