package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/status"
)

func submitAndEvaluate(ctx context.Context, s *session) error {
	if _, err := s.contract.SubmitWithContext(ctx, "put", client.WithArguments(s.prefix+"a", "1")); err != nil {
		return err
	}
	return s.expect(ctx, "1", "get", s.prefix+"a")
}

func refusal(ctx context.Context, s *session) error {
	_, err := s.contract.SubmitWithContext(ctx, "fail", client.WithArguments("as asked"))
	var endorse *client.EndorseError
	if !errors.As(err, &endorse) {
		return fmt.Errorf("no EndorseError: %v", err)
	}
	for _, detail := range status.Convert(endorse).Details() {
		if detail, ok := detail.(*gateway.ErrorDetail); ok && detail.GetAddress() != "" && detail.GetMspId() != "" &&
			strings.Contains(detail.GetMessage(), "refused: as asked") {
			return nil
		}
	}
	return fmt.Errorf("without details: %w", err)
}

func severalKeys(ctx context.Context, s *session) error {
	keys := []string{s.prefix + "b1", s.prefix + "b2", s.prefix + "b3"}
	writes := client.WithArguments(keys[0], "1", keys[1], "2", keys[2], "3")
	if _, err := s.contract.SubmitWithContext(ctx, "putAll", writes); err != nil {
		return err
	}
	return s.expect(ctx, `["1","","3"]`, "getAll", keys[0], s.prefix+"none", keys[2])
}

func pagesAndHistory(ctx context.Context, s *session) error {
	seen := []string{}
	bookmark := ""
	for range 3 {
		args := client.WithArguments(s.prefix+"b", s.prefix+"c", "2", bookmark)
		result, err := s.contract.EvaluateWithContext(ctx, "page", args)
		if err != nil {
			return err
		}
		var page struct {
			Keys     []string `json:"keys"`
			Bookmark string   `json:"bookmark"`
		}
		if err := json.Unmarshal(result, &page); err != nil {
			return err
		}
		seen = append(seen, page.Keys...)
		if bookmark = page.Bookmark; bookmark == "" {
			break
		}
	}
	if len(seen) != 3 {
		return fmt.Errorf("pages had %v", seen)
	}
	if _, err := s.contract.SubmitWithContext(ctx, "put", client.WithArguments(s.prefix+"a", "2")); err != nil {
		return err
	}
	return s.expect(ctx, `["2","1"]`, "history", s.prefix+"a")
}

func privateData(ctx context.Context, s *session) error {
	own := os.Getenv("MSP_ID")
	collection := "_implicit_org_" + own
	transient := map[string][]byte{"value": []byte("hidden")}
	_, err := s.contract.SubmitWithContext(ctx, "putPrivate", client.WithArguments(collection, s.prefix),
		client.WithTransient(transient), client.WithEndorsingOrganizations(own))
	if err != nil {
		return err
	}
	return s.expect(ctx, "hidden", "getPrivate", collection, s.prefix)
}

// offline takes every message to bytes and back, and signs its digest apart.
func offline(ctx context.Context, s *session) error {
	unsigned, err := s.contract.NewProposal("put", client.WithArguments(s.prefix+"o", "1"))
	if err != nil {
		return err
	}
	bytes, signature, err := s.apart(unsigned)
	if err != nil {
		return err
	}
	proposal, err := s.gateway.NewSignedProposal(bytes, signature)
	if err != nil {
		return err
	}
	endorsed, err := proposal.EndorseWithContext(ctx)
	if err != nil {
		return err
	}
	if bytes, signature, err = s.apart(endorsed); err != nil {
		return err
	}
	transaction, err := s.gateway.NewSignedTransaction(bytes, signature)
	if err != nil {
		return err
	}
	ordered, err := transaction.SubmitWithContext(ctx)
	if err != nil {
		return err
	}
	if bytes, signature, err = s.apart(ordered); err != nil {
		return err
	}
	commit, err := s.gateway.NewSignedCommit(bytes, signature)
	if err != nil {
		return err
	}
	result, err := commit.StatusWithContext(ctx)
	if err != nil {
		return err
	}
	if !result.Successful || result.TransactionID != proposal.TransactionID() {
		return fmt.Errorf("status %v of %s", result.Code, result.TransactionID)
	}
	return s.expect(ctx, "1", "get", s.prefix+"o")
}

func (s *session) apart(message interface {
	Bytes() ([]byte, error)
	Digest() []byte
}) (bytes []byte, signature []byte, err error) {
	if bytes, err = message.Bytes(); err == nil {
		signature, err = s.sign(message.Digest())
	}
	return bytes, signature, err
}

func (s *session) expect(ctx context.Context, wanted string, function string, args ...string) error {
	result, err := s.contract.EvaluateWithContext(ctx, function, client.WithArguments(args...))
	if err == nil && string(result) != wanted {
		err = fmt.Errorf("%s answered %s, not %s", function, result, wanted)
	}
	return err
}
