//go:build resolver

package resolver

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	"golang.org/x/net/ipv4"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// server answers every question as the cell says that is being tried, and logs it.
// One socket receives for all addresses, so that the log is in the order of arrival.
type server struct {
	udp *ipv4.PacketConn
	tcp net.Listener

	mu      sync.Mutex
	servers []string
	answer  dns.Answerer
	before  map[string]int
	log     []asked
}

// asked is one question that arrived.
type asked struct{ name, typ, server string }

const brokenName = "(no question)"

func listen() (*server, error) {
	socket, err := net.ListenPacket("udp4", ":53")
	if err != nil {
		return nil, err
	}
	stream, err := net.Listen("tcp4", ":53")
	if err != nil {
		return nil, err
	}
	s := &server{udp: ipv4.NewPacketConn(socket), tcp: stream}
	if err := s.udp.SetControlMessage(ipv4.FlagDst, true); err != nil {
		return nil, err
	}
	go s.serveUDP()
	go s.serveTCP()
	return s, nil
}

func (s *server) close() {
	s.udp.Close()
	s.tcp.Close()
}

func (s *server) expect(servers []string, answer dns.Answerer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.servers, s.answer, s.before, s.log = servers, answer, map[string]int{}, nil
}

// seen waits until all that was sent has been logged: a question of our own comes
// after it.
func (s *server) seen() ([]asked, error) {
	c, err := net.Dial("udp4", addresses[0]+":53")
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return nil, err
	}
	packet, err := (&dnsmessage.Message{Questions: []dnsmessage.Question{{
		Name: dnsmessage.MustNewName("fence."), Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET,
	}}}).Pack()
	if err != nil {
		return nil, err
	}
	if _, err := c.Write(packet); err != nil {
		return nil, err
	}
	if _, err := c.Read(make([]byte, 512)); err != nil {
		return nil, fmt.Errorf("our own question had no answer: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log), nil
}

func (s *server) serveUDP() {
	buffer := make([]byte, 4096)
	for {
		n, control, from, err := s.udp.ReadFrom(buffer)
		if err != nil {
			return
		}
		if reply := s.reply(buffer[:n], control.Dst.String()); reply != nil {
			_, _ = s.udp.WriteTo(reply, &ipv4.ControlMessage{Src: control.Dst}, from)
		}
	}
}

func (s *server) serveTCP() {
	for {
		c, err := s.tcp.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			for {
				var size uint16
				if binary.Read(c, binary.BigEndian, &size) != nil {
					return
				}
				packet := make([]byte, size)
				if _, err := io.ReadFull(c, packet); err != nil {
					return
				}
				reply := s.reply(packet, c.LocalAddr().(*net.TCPAddr).IP.String())
				if reply == nil {
					return
				}
				_, _ = c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(reply))), reply...))
			}
		}()
	}
}

// reply logs a packet and answers it, nil for silence.
func (s *server) reply(packet []byte, to string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	var message dnsmessage.Message
	if err := message.Unpack(packet); err != nil || len(message.Questions) != 1 {
		s.log = append(s.log, asked{brokenName, "", to})
		message.Questions = nil
		message.Header.ID = binary.BigEndian.Uint16(packet)
		message.RCode = dnsmessage.RCodeFormatError
		return pack(message)
	}
	q := message.Questions[0]
	message.Response, message.RecursionAvailable, message.Additionals = true, true, nil
	if q.Type == dnsmessage.TypeTXT {
		return pack(message)
	}
	name := q.Name.String()
	if len(name) > 1 {
		name = name[:len(name)-1]
	}
	typ := dns.A
	if q.Type == dnsmessage.TypeAAAA {
		typ = dns.AAAA
	}
	s.log = append(s.log, asked{name, typ.String(), to})
	key := fmt.Sprint(name, typ)
	got := s.answer(dns.Question{Name: []byte(name), Type: typ, Server: slices.Index(s.servers, to), Before: s.before[key]})
	s.before[key]++
	return answerWith(message, got)
}

func answerWith(message dnsmessage.Message, reply dns.Reply) []byte {
	q := message.Questions[0]
	head := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 5}
	switch reply {
	case dns.Timeout, dns.Unreachable:
		return nil
	case dns.NXDomain:
		message.RCode = dnsmessage.RCodeNameError
	case dns.ServFail:
		message.RCode = dnsmessage.RCodeServerFailure
	case dns.Refused:
		message.RCode = dnsmessage.RCodeRefused
	case dns.Alias:
		head.Type = dnsmessage.TypeCNAME
		message.Answers = []dnsmessage.Resource{{Header: head, Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName("elsewhere.example.")}}}
	case dns.Addresses:
		var body dnsmessage.ResourceBody = &dnsmessage.AResource{A: [4]byte{192, 0, 2, 1}}
		if q.Type == dnsmessage.TypeAAAA {
			body = &dnsmessage.AAAAResource{AAAA: [16]byte{0x20, 1, 0xd, 0xb8, 15: 1}}
		}
		message.Answers = []dnsmessage.Resource{{Header: head, Body: body}}
	}
	return pack(message)
}

func pack(message dnsmessage.Message) []byte {
	message.Response = true
	out, err := message.Pack()
	if err != nil {
		panic(err)
	}
	return out
}
