package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/hyperledger/fabric-gateway/pkg/client"
)

// put submits without waiting for the commit, and tells the block that it is in.
func (s *session) put(ctx context.Context, key string) (uint64, error) {
	_, commit, err := s.contract.SubmitAsyncWithContext(ctx, "put", client.WithArguments(key, "event"))
	if err != nil {
		return 0, err
	}
	status, err := commit.StatusWithContext(ctx)
	if err != nil {
		return 0, err
	}
	if !status.Successful {
		return 0, fmt.Errorf("status %v", status.Code)
	}
	return status.BlockNumber, nil
}

func chaincodeEvents(ctx context.Context, s *session) error {
	first, err := s.put(ctx, s.prefix+"e1")
	if err != nil {
		return err
	}
	checkpoint := new(client.InMemoryCheckpointer)
	next := func() (string, error) {
		reading, stop := context.WithCancel(ctx)
		defer stop()
		options := []client.ChaincodeEventsOption{client.WithStartBlock(first), client.WithCheckpoint(checkpoint)}
		events, err := s.network.ChaincodeEvents(reading, s.name, options...)
		if err != nil {
			return "", err
		}
		event, open := <-events
		if !open {
			return "", errors.New("the stream ended")
		}
		checkpoint.CheckpointChaincodeEvent(event)
		return string(event.Payload), nil
	}
	if _, err := s.put(ctx, s.prefix+"e2"); err != nil {
		return err
	}
	for _, wanted := range []string{s.prefix + "e1", s.prefix + "e2"} {
		if key, err := next(); err != nil || key != wanted {
			return fmt.Errorf("not %s but %s: %w", wanted, key, err)
		}
	}
	return nil
}

func blockEvents(ctx context.Context, s *session) error {
	first, err := s.put(ctx, s.prefix+"k1")
	if err != nil {
		return err
	}
	second, err := s.put(ctx, s.prefix+"k2")
	if err != nil {
		return err
	}
	readers := []func(context.Context, ...client.BlockEventsOption) (uint64, error){s.block, s.filtered, s.withPrivate}
	for kind, read := range readers {
		checkpoint := new(client.InMemoryCheckpointer)
		for number := first; number <= second; number++ {
			reading, stop := context.WithCancel(ctx)
			found, err := read(reading, client.WithStartBlock(first), client.WithCheckpoint(checkpoint))
			stop()
			if err != nil || found != number {
				return fmt.Errorf("kind %d: block %d, not %d: %w", kind, found, number, err)
			}
			checkpoint.CheckpointBlock(found)
		}
	}
	return nil
}

var errEnded = errors.New("the stream ended")

func (s *session) block(ctx context.Context, options ...client.BlockEventsOption) (uint64, error) {
	events, err := s.network.BlockEvents(ctx, options...)
	if err != nil {
		return 0, err
	}
	if block, open := <-events; open {
		return block.GetHeader().GetNumber(), nil
	}
	return 0, errEnded
}

func (s *session) filtered(ctx context.Context, options ...client.BlockEventsOption) (uint64, error) {
	events, err := s.network.FilteredBlockEvents(ctx, options...)
	if err != nil {
		return 0, err
	}
	if block, open := <-events; open {
		return block.GetNumber(), nil
	}
	return 0, errEnded
}

func (s *session) withPrivate(ctx context.Context, options ...client.BlockEventsOption) (uint64, error) {
	events, err := s.network.BlockAndPrivateDataEvents(ctx, options...)
	if err != nil {
		return 0, err
	}
	if block, open := <-events; open {
		return block.GetBlock().GetHeader().GetNumber(), nil
	}
	return 0, errEnded
}
