package netfilter

import "net/netip"

// Take keeps a hit that is no rule of a chain.
func (r *Run) Take(h Hit) { r.hit(h, h.Rule) }

func (r *Run) hit(h Hit, key any) {
	if !r.seen[key] {
		r.seen[key] = true
		r.Hits = append(r.Hits, h)
	}
}

// Note keeps a text that the answer says beside it.
func (r *Run) Note(text string) {
	if !r.noted[text] {
		r.noted[text] = true
		r.Notes = append(r.Notes, text)
	}
}

// Rewrite gives a flow its new destination and ends the base chain.
func (r *Run) Rewrite(f *Flow, addr netip.Addr, port uint16) {
	f.Packet.To(addr, port)
	f.Packet.DestLocal = r.Local(addr)
	f.rewrote = true
}

// Masquerade notes that the source is rewritten.
func (r *Run) Masquerade(f *Flow) {
	f.Masquerade, f.rewrote = true, true
}
