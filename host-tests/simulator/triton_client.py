"""Does with tritonclient what its users do, unchanged; prints what it saw as JSON. Arguments: host:port, token."""

import json
import sys

import numpy
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

url, token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}"}
client = http.InferenceServerClient(url)

metadata = client.get_model_metadata("gesture", headers=headers)
window = (1000 * numpy.sin(numpy.arange(714) / 20)).astype(numpy.int16).reshape(1, 119, 6)


def infer(binary, class_count=0, data=window):
    tensor = http.InferInput(metadata["inputs"][0]["name"], list(data.shape), "INT16")
    tensor.set_data_from_numpy(data, binary_data=binary)
    output = http.InferRequestedOutput(metadata["outputs"][0]["name"], binary_data=binary, class_count=class_count)
    result = client.infer("gesture", [tensor], outputs=[output], headers=headers)
    return result.as_numpy(metadata["outputs"][0]["name"])


def refusal():
    try:
        infer(True, data=window[:, :100])
    except InferenceServerException as error:
        return str(error)


def reload():
    client.unload_model("gesture", headers=headers)
    unloaded = client.is_model_ready("gesture")
    client.load_model("gesture", headers=headers)
    return [unloaded, client.is_model_ready("gesture")]


print(
    json.dumps(
        {
            "live": client.is_server_live(),
            "ready": client.is_server_ready() and client.is_model_ready("gesture"),
            "reload": reload(),
            "models": [
                [model["name"], model["state"]] for model in client.get_model_repository_index(headers=headers)
            ],
            "inputs": [[tensor["datatype"], tensor["shape"]] for tensor in metadata["inputs"]],
            "json": infer(False).flatten().tolist(),
            "binary": infer(True).flatten().tolist(),
            "classification": infer(True, class_count=1).flatten()[0].decode(),
            "inferences": client.get_inference_statistics("gesture", headers=headers)["model_stats"][0][
                "inference_count"
            ],
            "wrongShape": refusal(),
        }
    )
)
