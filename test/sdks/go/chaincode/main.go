// A chaincode that calls what a Go chaincode can ask of its peer. It listens where CHAINCODE_SERVER_ADDRESS is set, and
// dials the peer otherwise.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type chaincode struct{}

func (chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

func (chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, args := stub.GetFunctionAndParameters()
	work, known := functions[function]
	if !known {
		return shim.Error("there is no function " + function)
	}
	result, err := work(stub, args)
	if err != nil {
		return shim.Error(err.Error())
	}
	return shim.Success(result)
}

var functions = map[string]func(shim.ChaincodeStubInterface, []string) ([]byte, error){
	"put": func(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
		if err := stub.SetEvent("put", []byte(args[0])); err != nil {
			return nil, err
		}
		return nil, stub.PutState(args[0], []byte(args[1]))
	},
	"get": func(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
		return stub.GetState(args[0])
	},
	"fail": func(_ shim.ChaincodeStubInterface, args []string) ([]byte, error) {
		return nil, fmt.Errorf("refused: %s", args[0])
	},
	"putAll":     putAll,
	"getAll":     getAll,
	"page":       page,
	"history":    history,
	"putPrivate": putPrivate,
	"getPrivate": func(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
		return stub.GetPrivateData(args[0], args[1])
	},
}

// putAll writes key, value, key, value … in one message.
func putAll(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	stub.StartWriteBatch()
	for i := 0; i+1 < len(args); i += 2 {
		if err := stub.PutState(args[i], []byte(args[i+1])); err != nil {
			return nil, err
		}
	}
	return nil, stub.FinishWriteBatch()
}

func getAll(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	values, err := stub.GetMultipleStates(args...)
	if err != nil {
		return nil, err
	}
	texts := []string{}
	for _, value := range values {
		texts = append(texts, string(value))
	}
	return json.Marshal(texts)
}

// page answers {"keys":[…],"bookmark":"…"} of the keys from args[0] to args[1], args[2] of them, from bookmark args[3].
func page(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	size, err := strconv.Atoi(args[2])
	if err != nil {
		return nil, err
	}
	found, metadata, err := stub.GetStateByRangeWithPagination(args[0], args[1], int32(size), args[3])
	if err != nil {
		return nil, err
	}
	defer found.Close()
	keys := []string{}
	for found.HasNext() {
		entry, err := found.Next()
		if err != nil {
			return nil, err
		}
		keys = append(keys, entry.GetKey())
	}
	return json.Marshal(map[string]any{"keys": keys, "bookmark": metadata.GetBookmark()})
}

// history answers the values that a key had, newest first.
func history(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	found, err := stub.GetHistoryForKey(args[0])
	if err != nil {
		return nil, err
	}
	defer found.Close()
	values := []string{}
	for found.HasNext() {
		entry, err := found.Next()
		if err != nil {
			return nil, err
		}
		values = append(values, string(entry.GetValue()))
	}
	return json.Marshal(values)
}

// putPrivate keeps the transient "value" in a collection, args[0], under a key, args[1].
func putPrivate(stub shim.ChaincodeStubInterface, args []string) ([]byte, error) {
	transient, err := stub.GetTransient()
	if err != nil {
		return nil, err
	}
	return nil, stub.PutPrivateData(args[0], args[1], transient["value"])
}

func main() {
	var err error
	if address := os.Getenv("CHAINCODE_SERVER_ADDRESS"); address != "" {
		server := shim.ChaincodeServer{
			CCID:     os.Getenv("CHAINCODE_ID"),
			Address:  address,
			CC:       chaincode{},
			TLSProps: shim.TLSProperties{Disabled: true},
		}
		err = server.Start()
	} else {
		err = shim.Start(chaincode{})
	}
	if err != nil {
		log.Fatal(err)
	}
}
