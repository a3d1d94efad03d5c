// Package ipvs reads the virtual services that ipvsadm -Sn and ipvsadm -Ln print, and
// gives them to the walk of package netfilter. It knows netfilter, and nothing of
// Kubernetes.
package ipvs
