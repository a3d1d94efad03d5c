package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// authority signs the certificates of one cluster. It lives as long as the start of that cluster.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
	p    paths
}

func newAuthority(p paths) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kk-cluster"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert: cert, key: key, p: p}, writeFile(p.pki("ca.crt"), pemBlock("CERTIFICATE", der), 0o644)
}

// issue writes NAME.crt and NAME.key for a user (common name and group) or a server (with host names and addresses).
func (a *authority) issue(name, commonName, group string, hosts ...string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: commonName},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
	}
	if group != "" {
		template.Subject.Organization = []string{group}
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writeFile(a.p.pki(name+".crt"), pemBlock("CERTIFICATE", der), 0o644); err != nil {
		return err
	}
	return writeFile(a.p.pki(name+".key"), pemBlock("PRIVATE KEY", keyDER), 0o600)
}

func pemBlock(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// createPKI writes every certificate, key and kubeconfig of the cluster.
func createPKI(p paths, outside string) error {
	ca, err := newAuthority(p)
	if err != nil {
		return err
	}
	master := nodes[0]
	server := []string{
		"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
		"localhost", "127.0.0.1", apiServiceIP, master.ip4, master.ip6,
	}
	if err := ca.issue("apiserver", "kube-apiserver", "", server...); err != nil {
		return err
	}
	if err := ca.issue("service-account", "service-account", ""); err != nil {
		return err
	}
	inside := fmt.Sprintf("https://%s:6443", master.ip4)
	users := []struct{ name, commonName, group, server string }{
		{"admin", "kubernetes-admin", "system:masters", "https://" + outside},
		{"apiserver-kubelet", "kube-apiserver-kubelet-client", "system:masters", inside},
		{"kube-controller-manager", "system:kube-controller-manager", "", inside},
		{"kube-scheduler", "system:kube-scheduler", "", inside},
	}
	for _, n := range nodes {
		users = append(users, struct{ name, commonName, group, server string }{n.name, "system:node:" + n.name, "system:nodes", inside})
	}
	for _, user := range users {
		if err := ca.issue(user.name, user.commonName, user.group); err != nil {
			return err
		}
		if err := writeFile(p.userConfig(user.name), []byte(kubeconfigFor(p, user.name, user.server)), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func kubeconfigFor(p paths, user, server string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: kk
clusters:
- name: kk
  cluster: {server: %q, certificate-authority: %q}
users:
- name: %[3]s
  user: {client-certificate: %[4]q, client-key: %[5]q}
contexts:
- name: kk
  context: {cluster: kk, user: %[3]s}
`, server, p.pki("ca.crt"), user, p.pki(user+".crt"), p.pki(user+".key"))
}
